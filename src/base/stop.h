// SPDX-License-Identifier: Apache-2.0
// What a running command may be asked by a signal, looked at between steps of work.
#pragma once

#include <atomic>

namespace weir {

// A request to drain and leave: set once, by a signal or an error. Any thread, and signal handlers.
class Stop {
 public:
  void request() { requested_.store(true, std::memory_order_relaxed); }
  bool requested() const { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_ = false;
};

// A request to read the settings again: as often as one likes, and only of a command that listens.
// Any thread, and signal handlers.
class Reload {
 public:
  void listen() { listening_.store(true, std::memory_order_relaxed); }
  bool listening() const { return listening_.load(std::memory_order_relaxed); }
  void request() { requested_.store(true, std::memory_order_release); }
  // Whether it was requested since the last time. What is read afterwards is as new as the request.
  bool take() { return requested_.exchange(false, std::memory_order_acq_rel); }

 private:
  std::atomic<bool> listening_ = false;
  std::atomic<bool> requested_ = false;
};

}  // namespace weir
