// SPDX-License-Identifier: Apache-2.0
// A bounded channel between tasks. Senders wait while it is full, receivers while it is empty.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/tasks.h"

namespace weir {

// Any number of senders and receivers, on any thread.
template <class T>
class Channel {
 public:
  Channel(Tasks& tasks, std::size_t items_max) : monitor_(tasks.monitor()), items_max_(items_max) {
    CHECK(items_max > 0);
  }

  // Waits for room. False: the channel was closed, and the value was dropped.
  bool send(T value) {
    const Held held(*monitor_);
    while (items_.size() >= items_max_ && !closed_) {
      monitor_->wait();
    }
    if (closed_) {
      return false;
    }
    items_.push_back(std::move(value));
    monitor_->notify_all();
    return true;
  }

  // Waits for a value. Nothing: closed, and everything sent before has been received.
  std::optional<T> receive() {
    const Held held(*monitor_);
    while (items_.empty() && !closed_) {
      monitor_->wait();
    }
    if (items_.empty()) {
      return std::nullopt;
    }
    std::optional<T> value(std::move(items_.front()));
    items_.pop_front();
    monitor_->notify_all();
    return value;
  }

  void close() {
    const Held held(*monitor_);
    closed_ = true;
    monitor_->notify_all();
  }

 private:
  std::unique_ptr<Monitor> monitor_;
  const std::size_t items_max_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace weir
