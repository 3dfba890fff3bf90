// SPDX-License-Identifier: Apache-2.0
// A body of code on a stack of its own, that can be left in the middle and entered again: what the
// simulation runs instead of threads. Knows nothing of schedules.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace weir::testing {

// Stacks with a guard page, used again by later fibers: a simulation then costs no system call.
// Outlives the fibers that use it. One thread.
class Stacks {
 public:
  explicit Stacks(std::size_t stack_bytes = 256 << 10);
  ~Stacks();
  Stacks(const Stacks&) = delete;
  Stacks& operator=(const Stacks&) = delete;

  struct Pool;
  Pool& pool() { return *pool_; }

 private:
  std::unique_ptr<Pool> pool_;
};

// One thread. Must have finished, or never have been entered, when it is destroyed.
class Fiber {
 public:
  // The body must not throw, and must not leave from within a catch block.
  Fiber(Stacks& stacks, std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void enter();  // from outside: runs the body from where it was left, until it leaves or returns
  void leave();  // from within the body: back to whoever entered
  bool finished() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::testing
