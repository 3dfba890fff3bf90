// SPDX-License-Identifier: Apache-2.0
// A request to drain and leave: set once by a signal or an error, looked at between steps of work.
#pragma once

#include <atomic>

namespace weir {

// Any thread, and signal handlers.
class Stop {
 public:
  void request() { requested_.store(true, std::memory_order_relaxed); }
  bool requested() const { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_ = false;
};

}  // namespace weir
