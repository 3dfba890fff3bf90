// SPDX-License-Identifier: Apache-2.0
// Repeats what is `unavailable`, with growing, jittered pauses; everything else passes through.
#pragma once

#include <algorithm>
#include <utility>

#include "base/stop.h"
#include "io/machine.h"

namespace weir {

struct RetryPolicy {
  int attempts_max = 12;
  Nanoseconds pause_min = 20'000'000;
  Nanoseconds pause_max = 5'000'000'000;
  Nanoseconds after_stop_max = 3'000'000'000;  // from a request to stop: no new attempt later
};

// One thread. Borrows everything.
class Retry {
 public:
  Retry(const Machine& machine, const Stop& stop, const RetryPolicy& policy = {})
      : machine_(machine), stop_(stop), policy_(policy) {}

  // `attempt` returns a Result, and must have the effect of one call however often it is made.
  template <class Attempt>
  auto operator()(Attempt attempt) {
    for (int failures = 0;; ++failures) {
      auto result = attempt();
      if (result || result.error().kind != ErrorKind::unavailable || !pause(failures)) {
        return result;
      }
    }
  }

 private:
  bool pause(int failures);  // false: give up

  const Machine& machine_;
  const Stop& stop_;
  const RetryPolicy policy_;
  Nanoseconds stop_seen_ = 0;  // monotonic; 0: not yet
};

}  // namespace weir
