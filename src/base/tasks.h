// SPDX-License-Identifier: Apache-2.0
// The concurrency seam: blocking, straight code on threads; in simulation the same code runs on
// fibers, one at a time, woken by a seeded scheduler. Nothing outside this seam starts a thread.
// No monitor may be held across a call to another seam (source, store, file system).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"

namespace weir {

// A running body of work. Its destructor joins.
class Task {
 public:
  virtual ~Task() = default;
  virtual void join() = 0;  // returns when the body has returned; again: at once
  // False: no worker could be had, and the body waits for join(). Whoever waits for a body in any
  // other way, say at a channel that it fills, asks first.
  virtual bool started() const { return true; }
  // Nobody waits for the body any more, also not the destructor: for one that hangs in the system,
  // whence nobody can call it back. It may go on at any time, so it must own what it touches, or
  // touch what outlives the process; see Tasks::abandoned.
  virtual void abandon() = 0;
};

// A mutex and its condition. lock/unlock bracket every other call.
class Monitor {
 public:
  virtual ~Monitor() = default;
  virtual void lock() = 0;
  virtual void unlock() = 0;
  virtual void wait() = 0;  // until notified; may return early without cause
  // Like wait, but returns at the latest when Clock::monotonic() passes the deadline.
  virtual void wait_until(Nanoseconds monotonic_deadline) = 0;
  virtual void notify_all() = 0;
};

// Any thread.
class Tasks {
 public:
  virtual ~Tasks() = default;
  // Starts the body on a worker of its own; the name is at most 15 bytes. A body must not throw.
  // Where no worker can be had, the body runs inside join(): slower, never lost.
  virtual std::unique_ptr<Task> spawn(const std::string& name, std::function<void()> body) = 0;
  virtual std::unique_ptr<Monitor> monitor() = 0;
  // Bodies that were abandoned and have not returned. While there are any, whoever ends the process
  // ends it at once, and tears down nothing that they use.
  virtual int abandoned() const { return 0; }
};

std::unique_ptr<Tasks> thread_tasks();

// Holds a monitor for a scope.
class Held {
 public:
  explicit Held(Monitor& monitor) : monitor_(monitor) { monitor_.lock(); }
  ~Held() { monitor_.unlock(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Monitor& monitor_;
};

}  // namespace weir
