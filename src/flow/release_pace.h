// SPDX-License-Identifier: Apache-2.0
// How long a watch rests after it looked for files to put away: not at all after it found some, and
// so long after it found none that looking takes no more than a hundredth of the time. Among a
// million files that are not due yet, a look takes a while, and every commit asks for one.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace weir {

inline constexpr Nanoseconds release_share_min = 100;
inline constexpr Nanoseconds release_rest_max = 60'000'000'000;  // what is due waits no longer

// Pure.
inline Nanoseconds release_rest(Nanoseconds took, std::uint64_t released) {
  return released > 0 ? 0 : std::min(took * release_share_min, release_rest_max);
}

}  // namespace weir
