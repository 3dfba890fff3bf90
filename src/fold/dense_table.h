// SPDX-License-Identifier: Apache-2.0
// Sums of small ids, which are places in an array: no key is stored, compared or looked for.
//
//   id       0    1    2    3    4   …  end
//   sum    [ 17 |  0 |  5 |  0 | 20 |        ]    lower 32 bits of the sum: half the memory traffic
//   seen 0 [  0 |  1 |  0 |  0 |  0 |        ]    a bit: known, though its sum is 0
//
// What does not fit goes to the lane's other table as a record of its own: an id from `end` on, an
// amount beyond 32 bits or below 0, and 2^32 each time a sum wraps. So nothing here can overflow,
// and what is read out is exact beside what is there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fold/pages.h"
#include "model/usage.h"

namespace weir {

// One thread at a time.
class DenseTable {
 public:
  static constexpr std::size_t bytes_of(std::uint64_t ids) { return ids * 4 + ids / 8; }

  // Takes ids below `end`, later perhaps up to `end_max`.
  DenseTable(std::uint64_t end, std::uint64_t end_max);

  // What it could not take; until the next call.
  std::span<const Usage> add(std::span<const SmallUsage> batch);
  std::span<const Usage> add(std::span<const Usage> batch);

  std::uint64_t end() const { return end_; }
  void extend_to_max();

  std::uint64_t extent() const { return largest_ + 1; }  // ids that may have been seen: below it
  std::uint64_t keys() const { return counted_ + uncounted_; }  // an upper bound
  bool seen(std::uint64_t id) const {
    return id < end_ && (sums_[id] != 0 || (zeros_[id / 64] >> id % 64 & 1) != 0);
  }
  std::uint32_t sum(std::uint64_t id) const { return id < end_ ? sums_[id] : 0; }

 private:
  void add_all_fitting(std::span<const SmallUsage> batch, bool far);
  void add_one(std::uint64_t id, std::uint32_t amount);
  void mark_zeros(std::span<const SmallUsage> batch);
  void note_records(std::size_t records);
  void count_keys();

  std::uint64_t end_;
  const std::uint64_t end_max_;
  Pages sum_pages_;
  Pages zero_pages_;
  std::uint32_t* sums_ = nullptr;
  std::uint64_t* zeros_ = nullptr;
  std::uint64_t largest_ = 0;    // id seen
  std::uint64_t counted_ = 0;    // keys, when they were last counted
  std::uint64_t uncounted_ = 0;  // records since
  std::vector<Usage> left_over_;
};

}  // namespace weir
