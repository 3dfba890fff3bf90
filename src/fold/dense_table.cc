// SPDX-License-Identifier: Apache-2.0
// One pass over a batch, which vectors do well, finds its largest id and whether an amount is 0;
// then nothing is left to ask of a record but whether its sum wraps. At 20 million ids each
// addition misses the caches: the line is asked for 16 records ahead, and pages of 2 MiB save as
// many misses of the address cache.
#include "fold/dense_table.h"

#include <algorithm>

namespace weir {
namespace {

constexpr std::size_t ahead_records = 16;    // 8 to 64 make no difference
constexpr std::uint64_t near_ids = 1 << 16;  // whose sums lie in the second-level cache anyway
constexpr std::uint64_t recount_records_min = 1 << 16;
constexpr Usage wrapped(std::uint64_t id) {
  return {id, std::int64_t{1} << 32};
}

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
      sum_pages_(end_max_ * 4),
      zero_pages_((end_max_ + 63) / 64 * 8) {
  if (sum_pages_.begin() == nullptr || zero_pages_.begin() == nullptr) {
    end_ = 0;  // without the addresses for it, everything goes to the other table
  }
  sums_ = reinterpret_cast<std::uint32_t*>(sum_pages_.begin());
  zeros_ = reinterpret_cast<std::uint64_t*>(zero_pages_.begin());
}

void DenseTable::extend_to_max() {
  if (end_ > 0) {
    sum_pages_.prefer_huge(end_ * 4);
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
      add_one(consumer, amount);
    } else {
      left_over_.push_back({consumer, amount});
    }
  }
  return left_over_;
}

void DenseTable::add_all_fitting(std::span<const SmallUsage> batch, bool far) {
  std::uint32_t* const sums = sums_;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (far) {
      __builtin_prefetch(sums + batch[std::min(i + ahead_records, batch.size() - 1)].consumer, 1);
    }
    const auto [id, amount] = batch[i];
    if (__builtin_add_overflow(sums[id], amount, sums + id)) [[unlikely]] {
      left_over_.push_back(wrapped(id));
    }
  }
}

std::span<const Usage> DenseTable::add(std::span<const Usage> batch) {
  left_over_.clear();
  note_records(batch.size());
  for (const auto [consumer, amount] : batch) {
    if (consumer < end_ && amount >= 0 && amount <= UINT32_MAX) {
      add_one(consumer, static_cast<std::uint32_t>(amount));
    } else {
      left_over_.push_back({consumer, amount});
    }
  }
  return left_over_;
}

void DenseTable::add_one(std::uint64_t id, std::uint32_t amount) {
  largest_ = std::max(largest_, id);
  zeros_[id / 64] |= std::uint64_t{amount == 0} << id % 64;
  if (__builtin_add_overflow(sums_[id], amount, sums_ + id)) {
    left_over_.push_back(wrapped(id));
  }
}

void DenseTable::mark_zeros(std::span<const SmallUsage> batch) {
  for (const auto [id, amount] : batch) {
    zeros_[id / 64] |= std::uint64_t{amount == 0} << id % 64;
  }
}

// A sum that wraps to 0 is not seen here, but as a record of 2^32 elsewhere: still a bound.
void DenseTable::note_records(std::size_t records) {
  uncounted_ += records;
  if (uncounted_ >= std::max(recount_records_min, largest_)) {
    count_keys();
  }
}

void DenseTable::count_keys() {
  counted_ = 0;
  uncounted_ = 0;
  for (std::uint64_t id = 0; id < std::min(largest_ + 1, end_); ++id) {
    counted_ += seen(id) ? 1 : 0;
  }
}

}  // namespace weir
