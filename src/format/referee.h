// SPDX-License-Identifier: Apache-2.0
// The referee: the one place that decides what a line means, exactly and without hurry. The fast
// way (format/pairs.h) takes the usual lines and leaves every other to it; where both could speak,
// they say the same.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/format.h"
#include "model/reject.h"

namespace weir {

struct Verdict {
  enum class Kind : std::uint8_t { good, blank, reject };
  Kind kind = Kind::blank;
  RejectReason reason = RejectReason::bad_amount;  // of a reject
  std::uint64_t consumer = 0;                      // of a good line with an integer key
  std::string_view text;                           // of a good line with a text key: its bytes
  std::int64_t amount = 0;                         // of a good line
};

// A line without its line end (LF or CR LF), and without a byte order mark.
Verdict judge(std::string_view line, const FormatOptions& format);

// The same, but where it is a reject nobody is to ask why: faster.
Verdict judge_quickly(std::string_view line, const FormatOptions& format);

}  // namespace weir
