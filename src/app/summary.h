// SPDX-License-Identifier: Apache-2.0
// The closing words of a run, and its numbers as JSON.
#pragma once

#include <cstdint>
#include <string>

#include "app/json.h"
#include "flow/report.h"
#include "model/unit.h"

namespace weir {

struct RunNumbers {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  LineCounts counts;
  std::uint64_t keys = 0;
  double seconds = 0;
};

// "4 files, 11.2 MiB, 1 000 000 lines, 20 rejected, 1 000 keys, 0.8 s, 14 MB/s"
std::string numbers_text(const RunNumbers& numbers);
void write_numbers(JsonWriter& json, const RunNumbers& numbers);  // fields of an object
Note::Fields fields_of(const RunNumbers& numbers);                // the same, of a note

// "1 file", "1 000 files"
std::string counted(std::uint64_t number, const std::string& noun);

}  // namespace weir
