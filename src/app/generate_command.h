// SPDX-License-Identifier: Apache-2.0
// What can be typed of `weir generate`, see commands.h.
#pragma once

#include <string>
#include <vector>

namespace weir {

// Sizes, times, counts and shares as they were typed; empty: the default.
struct GenerateCommand {
  std::string folder;
  std::string files;
  std::string lines;
  std::string size;
  std::string total_lines;
  std::string consumers;
  std::string distribution;
  std::string names;
  std::string amounts;
  std::string seed;
  std::string bad;
  std::string blank;
  std::vector<std::string> compress;
  std::string prefix;
  std::string first;
  std::string rate;
  std::string files_rate;
  std::string duration;
  bool no_sync = false;
  std::string notify;  // path of a socket; empty: nobody is told
  std::string totals;  // a file, or "-"
  bool json = false;
};

}  // namespace weir
