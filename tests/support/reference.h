// SPDX-License-Identifier: Apache-2.0
// The exact reference: what the lines of a file mean, in a few obvious lines that share nothing
// with the code that they judge.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/int128.h"
#include "model/format.h"

namespace weir::testing {

enum class LineKind { good, blank, reject };

struct ReferenceLine {
  LineKind kind = LineKind::reject;
  std::uint64_t offset = 0;  // of its first byte
  std::string key;           // of a good line; a number without leading zeros
  Int128 amount = 0;         // of a good line
};

// Every line of a file (inflated, where it is compressed), in order.
std::vector<ReferenceLine> reference_lines(std::string_view file, const FormatOptions& format);

using ReferenceTotals = std::map<std::string, Int128>;
ReferenceTotals reference_totals(std::string_view file, const FormatOptions& format);

}  // namespace weir::testing
