// SPDX-License-Identifier: Apache-2.0
// A clock that stands still until it is set.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace weir::testing {

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Nanoseconds start = 1'777'777'777'000'000'000) : now_(start) {}
  Nanoseconds wall() override { return now_; }
  Nanoseconds monotonic() override { return now_; }
  void set(Nanoseconds now) { now_ = now; }

 private:
  std::atomic<Nanoseconds> now_;
};

}  // namespace weir::testing
