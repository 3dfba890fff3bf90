// SPDX-License-Identifier: Apache-2.0
// Why the head of a file looks wrong, in words for people, with a remedy. It only ever speaks; what
// a line means is decided by the settings alone, never by what it looks like.
#pragma once

#include <string>
#include <string_view>

#include "model/format.h"
#include "model/unit.h"

namespace weir {

struct SniffedHead {
  std::string_view bytes;  // inflated
  bool whole = false;      // they are all that there is: the last line is not cut
  LineCounts counts;       // of its lines, the cut one left out
  double reject_ratio_max = 1;
};

// Empty: at most so many of its lines would be rejected. A head without a whole line looks wrong
// only where it is binary (and any ratio under 1 is asked for).
std::string diagnose(const SniffedHead& head, const FormatOptions& format);

}  // namespace weir
