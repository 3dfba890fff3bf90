// SPDX-License-Identifier: Apache-2.0
#include "flow/retry.h"

namespace weir {
namespace {

constexpr Nanoseconds look_every = 50'000'000;  // for a request to stop, while pausing

}  // namespace

bool Retry::pause(int failures) {
  if (failures + 1 >= policy_.attempts_max) {
    return false;
  }
  const int doublings = std::min(failures, 20);
  const Nanoseconds longest = std::min(policy_.pause_max, policy_.pause_min << doublings);
  const Nanoseconds jitter = static_cast<Nanoseconds>(machine_.random.next() %
                                                      static_cast<std::uint64_t>(longest / 2 + 1));
  const Nanoseconds until = machine_.clock.monotonic() + longest / 2 + jitter;
  const auto monitor = machine_.tasks.monitor();
  const Held held(*monitor);
  for (Nanoseconds now = machine_.clock.monotonic(); now < until;
       now = machine_.clock.monotonic()) {
    if (stop_.requested() && stop_seen_ == 0) {
      stop_seen_ = std::max<Nanoseconds>(now, 1);
    }
    if (stop_seen_ != 0 && now - stop_seen_ > policy_.after_stop_max) {
      return false;
    }
    monitor->wait_until(std::min(until, now + look_every));
  }
  return true;
}

}  // namespace weir
