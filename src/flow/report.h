// SPDX-License-Identifier: Apache-2.0
// What a running flow tells: numbers that a display may read at any moment, and notes for people.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/severity.h"

namespace weir {

// Written by the flow, read by a display; any thread.
struct Progress {
  std::atomic<std::uint64_t> bytes_read = 0;   // stored bytes
  std::atomic<std::uint64_t> bytes_found = 0;  // to read in all, as far as is known
  std::atomic<std::uint64_t> files_found = 0;
  std::atomic<std::uint64_t> files_done = 0;
  std::atomic<std::uint64_t> lines_done = 0;  // committed
  std::atomic<bool> listing = true;           // more files may be found
};

// Something that happened: a sentence for people, and the same for programs. Event and the names of
// fields are constants of flow/events.h; values are raw bytes.
struct Note {
  using Fields = std::vector<std::pair<std::string_view, std::string>>;
  Severity severity = Severity::info;
  std::string_view event = {};
  std::string text = {};  // hostile bytes in it are escaped
  Fields fields = {};
};
using Notes = std::function<void(const Note&)>;  // any thread; must not block long

}  // namespace weir
