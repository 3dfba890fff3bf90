// SPDX-License-Identifier: Apache-2.0
// Bytes that several tables share: whoever grows takes, whoever is emptied gives back.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir {

// Any thread.
class Budget {
 public:
  explicit Budget(std::uint64_t bytes) : left_(bytes) {}

  bool take(std::uint64_t bytes) {
    std::uint64_t left = left_.load(std::memory_order_relaxed);
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes, std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  void give(std::uint64_t bytes) { left_.fetch_add(bytes, std::memory_order_relaxed); }
  std::uint64_t left() const { return left_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> left_;
};

}  // namespace weir
