// SPDX-License-Identifier: Apache-2.0
// One pass over a batch, which vectors do well, finds its largest id and whether an amount is 0;
// then nothing is left to ask of a record but whether its sum wraps. At 20 million ids each
// addition misses the caches: the line is asked for 16 records ahead, and pages of 2 MiB save as
// many misses of the address cache.
#include "fold/dense_table.h"

#include <algorithm>
#include <array>
#include <bit>

namespace weir {
namespace {

constexpr std::size_t ahead_records = 16;    // 8 to 64 make no difference
constexpr std::uint64_t near_ids = 1 << 16;  // whose sums lie in the second-level cache anyway
constexpr std::uint64_t recount_records_min = 1 << 16;
struct Extremes {
  std::uint32_t largest_id = 0;
  std::uint32_t smallest_amount = UINT32_MAX;
};

// Eight of each at a time: the compiler makes vectors of the inner loop.
Extremes extremes_of(std::span<const SmallUsage> batch) {
  constexpr std::size_t width = 16;
  std::array<std::int32_t, width> largest{};
  std::array<std::int32_t, width> smallest{};
  smallest.fill(INT32_MAX);
  std::size_t at = 0;
  for (; at + width <= batch.size(); at += width) {
    for (std::size_t i = 0; i < width; ++i) {
      const auto id = static_cast<std::int32_t>(batch[at + i].consumer);
      const auto amount = static_cast<std::int32_t>(batch[at + i].amount);
      largest[i] = std::max(largest[i], id);
      smallest[i] = std::min(smallest[i], amount);
    }
  }
  for (; at < batch.size(); ++at) {
    largest[0] = std::max(largest[0], static_cast<std::int32_t>(batch[at].consumer));
    smallest[0] = std::min(smallest[0], static_cast<std::int32_t>(batch[at].amount));
  }
  return {static_cast<std::uint32_t>(*std::max_element(largest.begin(), largest.end())),
          static_cast<std::uint32_t>(*std::min_element(smallest.begin(), smallest.end()))};
}

}  // namespace

DenseTable::DenseTable(std::uint64_t end, std::uint64_t end_max)
    : end_(end),
      end_max_(std::max(end, end_max)),
      high_end_(end),
      low_pages_(end_max_ * 4),
      seen_pages_((end_max_ + 63) / 64 * 8),
      high_pages_(high_bytes_of(high_end_)) {
  if (low_pages_.begin() == nullptr || seen_pages_.begin() == nullptr ||
      high_pages_.begin() == nullptr) {
    end_ = 0;  // without the addresses for it, everything goes to the other table
    high_end_ = 0;
  }
  low_ = reinterpret_cast<std::uint32_t*>(low_pages_.begin());
  seen_ = reinterpret_cast<std::uint64_t*>(seen_pages_.begin());
  high_ = reinterpret_cast<std::int64_t*>(high_pages_.begin());
}

bool DenseTable::stretch_is_empty(std::uint64_t first) const {
  if (first >= end_) {
    return true;
  }
  if (end_ - first < stretch_ids || (high_used_ && first < high_end_)) {
    return false;
  }
  std::uint32_t any = 0;
  for (std::uint64_t id = first; id < first + stretch_ids; ++id) {
    any |= low_[id];
  }
  const std::uint64_t last = first + stretch_ids - 1;
  return any == 0 && seen_[first / 64] == 0 && seen_[last / 64] == 0;
}

void DenseTable::extend_to_max() {
  if (end_ > 0) {
    low_pages_.prefer_huge(end_ * 4);
    end_ = end_max_;
  }
}

std::span<const Usage> DenseTable::add(std::span<const SmallUsage> batch) {
  left_over_.clear();
  note_records(batch.size());
  const auto [largest_id, smallest_amount] = extremes_of(batch);
  if (largest_id < end_) [[likely]] {
    if (smallest_amount == 0) {
      mark_zeros(batch);
    }
    largest_ = std::max<std::uint64_t>(largest_, largest_id);
    add_all_fitting(batch, largest_ >= near_ids);
    return left_over_;
  }
  for (const auto [consumer, amount] : batch) {
    if (consumer < end_) {
      add_small(consumer, amount);
    } else {
      left_over_.push_back({consumer, amount});
    }
  }
  return left_over_;
}

void DenseTable::add_all_fitting(std::span<const SmallUsage> batch, bool far) {
  std::uint32_t* const low = low_;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (far) {
      __builtin_prefetch(low + batch[std::min(i + ahead_records, batch.size() - 1)].consumer, 1);
    }
    const auto [id, amount] = batch[i];
    if (__builtin_add_overflow(low[id], amount, low + id)) [[unlikely]] {
      carry(id);
    }
  }
}

[[gnu::always_inline]] inline void DenseTable::ask_for(std::uint64_t id) const {
  if (id < high_end_) {
    __builtin_prefetch(low_ + id, 1);
    __builtin_prefetch(high_ + id, 1);
  }
}

std::span<const Usage> DenseTable::add(std::span<const Usage> batch) {
  left_over_.clear();
  note_records(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Usage& usage = batch[i];
    if (high_used_) {
      ask_for(batch[std::min(i + ahead_records, batch.size() - 1)].consumer);
    }
    if (usage.consumer < end_ && usage.amount >= 0 && usage.amount <= UINT32_MAX) {
      add_small(usage.consumer, static_cast<std::uint32_t>(usage.amount));
    } else if (usage.consumer < high_end_) {
      add_large(usage);
    } else {
      left_over_.push_back(usage);
    }
  }
  return left_over_;
}

void DenseTable::add_small(std::uint64_t id, std::uint32_t amount) {
  largest_ = std::max(largest_, id);
  seen_[id / 64] |= std::uint64_t{amount == 0} << id % 64;
  if (__builtin_add_overflow(low_[id], amount, low_ + id)) [[unlikely]] {
    carry(id);
  }
}

// Sums may come back to 0 where amounts are below it: such an id is marked as seen.
void DenseTable::add_large(const Usage& usage) {
  const std::uint64_t id = usage.consumer;
  std::int64_t high = 0;
  if (__builtin_add_overflow(high_[id], usage.amount >> 32, &high)) [[unlikely]] {
    left_over_.push_back(usage);
    return;
  }
  high_used_ = true;
  high_[id] = high;
  largest_ = std::max(largest_, id);
  seen_[id / 64] |= std::uint64_t{usage.amount < 0} << id % 64;
  if (__builtin_add_overflow(low_[id], static_cast<std::uint32_t>(usage.amount), low_ + id)) {
    carry(id);
  }
}

// The lower half of a sum has wrapped.
void DenseTable::carry(std::uint64_t id) {
  const Usage wrapped{id, std::int64_t{1} << 32};
  if (id < high_end_ && high_[id] != INT64_MAX) {
    high_used_ = true;
    ++high_[id];
  } else {
    left_over_.push_back(wrapped);
  }
}

void DenseTable::mark_zeros(std::span<const SmallUsage> batch) {
  for (const auto [id, amount] : batch) {
    seen_[id / 64] |= std::uint64_t{amount == 0} << id % 64;
  }
}

void DenseTable::note_records(std::size_t records) {
  uncounted_ += records;
  if (uncounted_ >= std::max(recount_records_min, 2 * largest_)) {
    count_keys();
  }
}

// An id may have both a sum and a mark: still a bound. A sum that is 0 only in its lower half is
// not counted, one in 2^32.
void DenseTable::count_keys() {
  const std::uint64_t ids = std::min(largest_ + 1, end_);
  std::uint32_t sums = 0;
  for (std::uint64_t id = 0; id < ids; ++id) {
    sums += low_[id] != 0 ? 1 : 0;
  }
  counted_ = sums;
  for (std::uint64_t word = 0; word < (ids + 63) / 64; ++word) {
    counted_ += static_cast<std::uint64_t>(std::popcount(seen_[word]));
  }
  uncounted_ = 0;
}

}  // namespace weir
