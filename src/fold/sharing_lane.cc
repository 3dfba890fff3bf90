// SPDX-License-Identifier: Apache-2.0
#include "fold/sharing_lane.h"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

constexpr std::uint64_t window_records_max = 1 << 18;  // after which the front is looked at
constexpr std::size_t scatter_batch = 1024;            // entries for which room is made at once

}  // namespace

template <class Line>
SharingLane<Line>::SharingLane(const SharingPlan& plan, Options options)
    : plan_(plan), options_(std::move(options)), front_memory_(plan.front_bytes) {
  if (front_memory_.begin() != nullptr) {
    front_.emplace(typename Table::Options{.seed = options_.seed,
                                           .memory = &front_memory_,
                                           .bytes = front_memory_.bytes(),
                                           .entries_max = plan.front_entries,
                                           .sparse = true});
  }
}

template <class Line>
void SharingLane<Line>::add(std::span<const Entry> batch) {
  if (!status_ || batch.empty()) {
    return;
  }
  if (front_) {
    add_to_front(batch);
  } else {
    scatter(batch);
  }
  front_keys_.store(front_ ? front_->keys() : 0, std::memory_order_relaxed);
}

template <class Line>
void SharingLane<Line>::add_to_front(std::span<const Entry> batch) {
  if (!front_full_) {
    batch = batch.subspan(front_->add(batch));
    if (batch.empty() || (options_.relieve && options_.relieve(batch))) {
      return;
    }
    front_full_ = true;
  }
  const auto missed = front_->add_present(batch);
  scatter(missed);
  note_misses(batch.size(), missed.size());
}

template <class Line>
auto SharingLane<Line>::poured_front() -> std::vector<Entry> {
  const std::size_t used = front_->bytes_used();
  std::vector<Entry> poured;
  if (front_->carries() != nullptr) {
    for (const auto& [key, times] : front_->carries()->compact()) {  // 2^64 is 4 times 2^62
      poured.insert(poured.end(), 4, {key, times * (std::int64_t{1} << 62)});
    }
  }
  const auto sums = front_->compact();
  poured.insert(poured.end(), sums.begin(), sums.end());
  front_->reset();
  front_memory_.forget(0, used);
  return poured;
}

template <class Line>
void SharingLane<Line>::note_misses(std::size_t records, std::size_t missed) {
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

template <class Line>
void SharingLane<Line>::scatter(std::span<const Entry> batch) {
  if (partitions_ == nullptr) {
    partitions_ = &options_.partitions();
    scatter_.emplace(partitions_->count());
  }
  while (status_ && !batch.empty()) {
    const auto part = batch.first(std::min({batch.size(), plan_.scatter_records, scatter_batch}));
    if (scattered_ + part.size() > plan_.scatter_records ||
        !scatter_->room_for(dealt_per_entry * part.size())) {
      make_room(part.size());
      if (!status_) {
        return;  // sums are lost: nothing is added any more
      }
    }
    for (const Entry& entry : part) {
      const std::size_t partition = partitions_->of(key_of(entry));
      each_record_of(entry, [&](const auto& record) { scatter_->add(partition, record); });
    }
    scattered_ += part.size();
    batch = batch.subspan(part.size());
  }
}

// In the scatter, for so many entries: by another slab, or by pouring out what it has dealt.
template <class Line>
void SharingLane<Line>::make_room(std::size_t records) {
  if (scattered_ + records > plan_.scatter_records) {
    pour_scatter();
  }
  while (status_ && !scatter_->room_for(dealt_per_entry * records)) {
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

template <class Line>
void SharingLane<Line>::pour_scatter() {
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

template <class Line>
auto SharingLane<Line>::front() -> Table* {
  return front_ && front_->keys() > 0 ? &*front_ : nullptr;
}

template class SharingLane<SumLine>;
template class SharingLane<TextLine>;

}  // namespace weir
