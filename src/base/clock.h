// SPDX-License-Identifier: Apache-2.0
// The clock seam. The wall clock is for showing and recording only; every decision uses the
// monotonic one, so a jump of the wall clock changes nothing (it may stand still or go back).
#pragma once

#include <cstdint>
#include <string>

namespace weir {

using Nanoseconds = std::int64_t;

// Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanoseconds wall() = 0;       // since 1970-01-01T00:00:00Z
  virtual Nanoseconds monotonic() = 0;  // since some fixed moment; never goes back
};

Clock& system_clock();

// 2026-05-04T03:02:01Z: always UTC; whole seconds.
std::string utc_text(Nanoseconds wall);
std::string utc_milliseconds_text(Nanoseconds wall);  // 2026-05-04T03:02:01.234Z

}  // namespace weir
