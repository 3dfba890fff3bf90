// SPDX-License-Identifier: Apache-2.0
// How long until the next scan: sooner while files come that nothing else tells of, later while
// nothing does; and never so often that looking takes more than a hundredth of the time.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace weir {

// One thread. Pure.
class ScanPace {
 public:
  explicit ScanPace(Nanoseconds scan_every) : scan_every_(scan_every), interval_(scan_every) {}

  struct Scan {
    bool found_files = false;  // that nothing had told of before
    bool hears_all = false;    // the system tells of arrivals, too
    bool unanswered = false;   // it waited for a system that gave no answer
    Nanoseconds took = 0;
  };
  // The pause after this scan.
  Nanoseconds after(const Scan& scan) {
    const Nanoseconds soonest = std::min(scan_every_, interval_min);
    if (!scan.unanswered) {  // a wait says nothing of how much work it is
      took_ = scan.took;
    }
    if (scan.found_files && !scan.hears_all) {
      interval_ = std::max(interval_ / 2, soonest);
    } else if (scan.hears_all && !scan.found_files && !scan.unanswered) {
      interval_ = std::min(interval_ + interval_ / 2, scan_every_ * stretch_max);
    } else {
      interval_ = scan_every_;
    }
    return std::max(interval_, took_ * share_min);
  }

 private:
  static constexpr Nanoseconds interval_min = 1'000'000'000;
  static constexpr Nanoseconds stretch_max = 6;
  static constexpr Nanoseconds share_min = 100;

  const Nanoseconds scan_every_;
  Nanoseconds interval_;
  Nanoseconds took_ = 0;
};

}  // namespace weir
