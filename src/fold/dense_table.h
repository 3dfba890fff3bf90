// SPDX-License-Identifier: Apache-2.0
// Sums of small ids, which are places in an array: no key is stored, compared or looked for.
//
//   id      0    1    2    3    4   …                     end
//   low   [ 17 |  0 |  5 |  0 | 20 |                         ]   32 bits: half the memory traffic
//   seen  [  0 |  1 |  0 |  0 |  0 |                         ]   a bit: known, though low may be 0
//   high  [  0 |  0 |  0 |  3 |  0 |        high_end ]           64 bits, in units of 2^32; takes
//                                                                no memory until it is needed
//
// What does not fit goes to the lane's other table as a record of its own: an id from `end` on, and
// from `high_end` on an amount beyond 32 bits or below 0, and 2^32 each time a sum wraps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/int128.h"
#include "fold/pages.h"
#include "model/usage.h"

namespace weir {

// One thread at a time.
class DenseTable {
 public:
  static constexpr std::size_t bytes_of(std::uint64_t ids) { return ids * 4 + ids / 8; }
  static constexpr std::size_t high_bytes_of(std::uint64_t ids) { return ids * 8; }

  // Takes ids below `end`, later perhaps up to `end_max`; any amount of those below the first end.
  DenseTable(std::uint64_t end, std::uint64_t end_max);

  // What it could not take; until the next call.
  std::span<const Usage> add(std::span<const SmallUsage> batch);
  std::span<const Usage> add(std::span<const Usage> batch);

  std::uint64_t end() const { return end_; }
  void extend_to_max();

  std::uint64_t extent() const { return largest_ + 1; }  // ids that may have been seen: below it
  std::uint64_t keys() const { return counted_ + uncounted_; }  // at most about so many
  bool seen(std::uint64_t id) const {
    return id < end_ && (low_[id] != 0 || (seen_[id / 64] >> id % 64 & 1) != 0 || high(id) != 0);
  }
  // False: one of so many ids from this one on may have been seen. A line of the cache at a time.
  static constexpr std::uint64_t stretch_ids = 16;
  bool stretch_is_empty(std::uint64_t first) const;
  Int128 sum(std::uint64_t id) const {
    return id < end_ ? Int128{high(id)} * (Int128{1} << 32) + low_[id] : 0;
  }

 private:
  void add_all_fitting(std::span<const SmallUsage> batch, bool far);
  void ask_for(std::uint64_t id) const;
  void add_small(std::uint64_t id, std::uint32_t amount);
  void add_large(const Usage& usage);
  void carry(std::uint64_t id);
  std::int64_t high(std::uint64_t id) const { return high_used_ && id < high_end_ ? high_[id] : 0; }
  void mark_zeros(std::span<const SmallUsage> batch);
  void note_records(std::size_t records);
  void count_keys();

  std::uint64_t end_;
  const std::uint64_t end_max_;
  std::uint64_t high_end_;
  Pages low_pages_;
  Pages seen_pages_;
  Pages high_pages_;
  std::uint32_t* low_ = nullptr;
  std::uint64_t* seen_ = nullptr;
  std::int64_t* high_ = nullptr;
  bool high_used_ = false;
  std::uint64_t largest_ = 0;    // id seen
  std::uint64_t counted_ = 0;    // keys, when they were last counted
  std::uint64_t uncounted_ = 0;  // records since
  std::vector<Usage> left_over_;
};

}  // namespace weir
