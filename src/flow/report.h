// SPDX-License-Identifier: Apache-2.0
// What a running flow tells: numbers that a display may read at any moment, and notes for people.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "model/unit.h"

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

enum class Severity { info, warning, error };
using Notes = std::function<void(Severity, const std::string&)>;  // any thread; must not block long

}  // namespace weir
