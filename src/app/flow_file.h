// SPDX-License-Identifier: Apache-2.0
// The text of a flow file (TOML) as a list of keys with values and places. What they mean is
// settings.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"
#include "base/result.h"

namespace weir {

struct FlowEntry {
  std::string key;  // "fold.memory"; bytes
  GivenValue value;
  std::uint32_t line = 0;  // of the key; from 1
  std::uint32_t column = 0;
};

inline constexpr std::size_t flow_file_bytes_max = 1 << 20;
inline constexpr std::size_t flow_file_depth_max = 64;  // of values within values

// Every value, and every section that is no section of a flow file, in the order of the text.
// `invalid`: the text is not TOML; the message is "NAME:LINE:COLUMN: what". A key that stands twice
// is such an error.
Result<std::vector<FlowEntry>> parse_flow_file(std::string_view text, const std::string& name);

}  // namespace weir
