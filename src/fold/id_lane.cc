// SPDX-License-Identifier: Apache-2.0
#include "fold/id_lane.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir {
namespace {

constexpr std::uint64_t window_records_max = 1 << 18;  // after which the front is looked at
constexpr std::size_t scatter_batch = 1024;            // records for which room is made at once
constexpr std::size_t dense_share = 8;  // one front key in so many makes the array worth its memory

}  // namespace

IdLane::IdLane(const IdPlan& plan, Options options)
    : plan_(plan),
      options_(std::move(options)),
      dense_(plan.dense_ids_first, plan.dense_ids_max),
      front_memory_(plan.front_bytes) {
  if (front_memory_.begin() != nullptr) {
    front_.emplace(SumTable::Options{.seed = options_.seed,
                                     .memory = &front_memory_,
                                     .bytes = front_memory_.bytes(),
                                     .entries_max = plan.front_entries,
                                     .sparse = true});
  }
}

void IdLane::add(std::span<const SmallUsage> batch) {
  if (const auto others = dense_.add(batch); !others.empty()) {
    add_others(others);
  }
  publish_counts();
}

void IdLane::add(std::span<const Usage> batch) {
  if (const auto others = dense_.add(batch); !others.empty()) {
    add_others(others);
  }
  publish_counts();
}

void IdLane::add(std::span<const TextUsage> batch) {
  CHECK(batch.empty());
}

void IdLane::add_others(std::span<const Usage> batch) {
  if (!status_) {
    return;
  }
  if (front_) {
    add_to_front(batch);
  } else {
    scatter(batch);
  }
}

void IdLane::add_to_front(std::span<const Usage> batch) {
  if (!front_full_) {
    batch = batch.subspan(front_->add(batch));
    if (batch.empty()) {
      return;
    }
    const std::vector<Usage> rest(batch.begin(), batch.end());  // adding to dense_ frees the batch
    if (extend_dense()) {
      return add(rest);
    }
    front_full_ = true;
  }
  const auto missed = front_->add_present(batch);
  scatter(missed);
  note_misses(batch.size(), missed.size());
}

// The front is full. Returns whether the array was extended, and the front emptied into it.
bool IdLane::extend_dense() {
  if (dense_.end() == 0 || dense_.end() >= plan_.dense_ids_max) {
    return false;
  }
  const auto keys = front_->all_keys();
  const auto small = std::count_if(keys.begin(), keys.end(),
                                   [this](std::uint64_t key) { return key < plan_.dense_ids_max; });
  const std::uint64_t more = DenseTable::bytes_of(plan_.dense_ids_max - dense_.end());
  if (static_cast<std::size_t>(small) * dense_share < keys.size() || !options_.budget->take(more)) {
    return false;
  }
  dense_.extend_to_max();
  add(poured_front());
  return true;
}

// What the front held; it is empty afterwards.
std::vector<Usage> IdLane::poured_front() {
  const std::size_t used = front_->bytes_used();
  std::vector<Usage> poured;
  if (front_->carries() != nullptr) {
    for (const auto [consumer, times] : front_->carries()->compact()) {  // 2^64 is 4 times 2^62
      poured.insert(poured.end(), 4, {consumer, times * (std::int64_t{1} << 62)});
    }
  }
  const auto sums = front_->compact();
  poured.insert(poured.end(), sums.begin(), sums.end());
  front_->reset();
  front_memory_.forget(0, used);
  return poured;
}

void IdLane::note_misses(std::size_t records, std::size_t missed) {
  window_records_ += records;
  window_missed_ += missed;
  if (window_records_ < window_records_max) {
    return;
  }
  if (window_missed_ * 2 > window_records_) {
    scatter(poured_front());
    front_.reset();
    front_memory_ = Pages();
  }
  window_records_ = 0;
  window_missed_ = 0;
}

// An amount beyond 32 bits, or below 0, goes in two parts.
[[gnu::always_inline]] inline void IdLane::deal(const Usage& usage) {
  const std::size_t partition = partitions_->of(usage.consumer);
  scatter_->add(partition, Dealt::low(usage.consumer, usage.amount));
  if (usage.amount >> 32 != 0) [[unlikely]] {
    scatter_->add(partition, Dealt::high(usage.consumer, usage.amount));
  }
}

void IdLane::scatter(std::span<const Usage> batch) {
  if (partitions_ == nullptr) {
    partitions_ = &options_.partitions();
    scatter_.emplace(partitions_->count());
  }
  while (status_ && !batch.empty()) {
    const auto part = batch.first(std::min({batch.size(), plan_.scatter_records, scatter_batch}));
    if (scattered_ + part.size() > plan_.scatter_records || !scatter_->room_for(2 * part.size())) {
      make_room(part.size());
      if (!status_) {
        return;  // sums are lost: nothing is added any more
      }
    }
    for (const Usage& usage : part) {
      deal(usage);
    }
    scattered_ += part.size();
    batch = batch.subspan(part.size());
  }
}

// In the scatter, for so many records: by another slab, or by pouring out what it has dealt.
void IdLane::make_room(std::size_t records) {
  if (scattered_ + records > plan_.scatter_records) {
    pour_scatter();
  }
  while (status_ && !scatter_->room_for(2 * records)) {
    const bool first = scattered_ == 0;  // what a scatter cannot do without
    if (!partitions_->take_slab(first)) {
      pour_scatter();
      continue;
    }
    ++(first ? slabs_first_ : slabs_taken_later_);
    if (!scatter_->add_slab()) {
      status_ = Error{ErrorKind::unavailable, "out of memory: lower fold.memory or jobs"};
    }
  }
}

void IdLane::pour_scatter() {
  if (!status_ || !scatter_) {
    return;
  }
  // Lanes begin at different partitions: they would wait for each other all the way otherwise.
  const auto first = static_cast<std::size_t>(options_.index) * 7919 % partitions_->count();
  status_ = partitions_->add(*scatter_, first);
  partitions_->give_slabs(slabs_taken_later_, slabs_taken_later_);
  const std::size_t taken = std::exchange(slabs_taken_later_, 0);
  while (slabs_taken_later_ < taken && partitions_->take_slab(false)) {
    ++slabs_taken_later_;
  }
  scatter_->clear(slabs_first_ + slabs_taken_later_);
  scattered_ = 0;
}

void IdLane::publish_counts() {
  front_keys_.store(front_ ? front_->keys() : 0, std::memory_order_relaxed);
  dense_keys_.store(dense_.keys(), std::memory_order_relaxed);
  dense_extent_.store(dense_.extent(), std::memory_order_relaxed);
}

SumTable* IdLane::front() {
  return front_ && front_->keys() > 0 ? &*front_ : nullptr;
}

}  // namespace weir
