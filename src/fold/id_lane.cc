// SPDX-License-Identifier: Apache-2.0
#include "fold/id_lane.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "fold/heaped_table.h"

namespace weir {
namespace {

constexpr std::uint64_t window_records_max = 1 << 18;  // after which the front is looked at
constexpr std::size_t dense_share = 8;  // one front key in so many makes the array worth its memory

// What a lane had dealt out when the end came.
class HeapedScatter final : public Heaped {
 public:
  HeapedScatter(Scatter& scatter, std::size_t heaps) : scatter_(scatter), heaps_(heaps) {}
  std::uint64_t records() const override {
    std::uint64_t records = 0;
    for (std::size_t heap = 0; heap < heaps_; ++heap) {
      records += scatter_.records(heap);
    }
    return records;
  }
  void sample(std::uint64_t every, const See& see) const override {
    std::uint64_t passed = 0;
    each([&](std::span<const Usage> records) {
      for (const Usage& usage : records) {
        if (++passed % every == 0) {
          see({&usage, 1});
        }
      }
    });
  }
  void pour(const See& sums, const See& /*carries*/) override {
    each(sums);
    scatter_.clear();
  }

 private:
  template <class Visit>
  void each(const Visit& visit) const {
    for (std::size_t heap = 0; heap < heaps_; ++heap) {
      scatter_.each(heap, visit);
    }
  }
  Scatter& scatter_;
  const std::size_t heaps_;
};

}  // namespace

IdLane::IdLane(const IdPlan& plan, Options options)
    : plan_(plan),
      options_(std::move(options)),
      dense_(plan.dense_ids_first, plan.dense_ids_max),
      front_memory_(plan.front_bytes) {
  if (front_memory_.begin() != nullptr) {
    front_.emplace(SumTable::Options{.seed = options_.seed,
                                     .memory = front_memory_.begin(),
                                     .bytes = front_memory_.bytes(),
                                     .entries_max = plan.front_entries});
    heaped_front_ = std::make_unique<HeapedTable>(*front_);
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
  std::uint64_t small = 0;
  heaped_front_->sample(1, [&](std::span<const Usage> records) {
    small += records.front().consumer < plan_.dense_ids_max ? 1 : 0;
  });
  const std::uint64_t more = DenseTable::bytes_of(plan_.dense_ids_max - dense_.end());
  if (small * dense_share < front_->keys() || !options_.budget->take(more)) {
    return false;
  }
  dense_.extend_to_max();
  std::vector<Usage> held;
  pour_front([&](std::span<const Usage> records) {
    held.insert(held.end(), records.begin(), records.end());
  });
  add(held);
  return true;
}

void IdLane::pour_front(const std::function<void(std::span<const Usage>)>& into) {
  const std::size_t used = front_->lines().size_bytes();
  heaped_front_->pour(into, [&](std::span<const Usage> carries) {
    for (const auto [consumer, times] : carries) {  // 2^64 is four times 2^62
      for (int part = 0; part < 4; ++part) {
        const Usage usage{consumer, times * (std::int64_t{1} << 62)};
        into({&usage, 1});
      }
    }
  });
  front_memory_.forget(0, used);
}

void IdLane::note_misses(std::size_t records, std::size_t missed) {
  window_records_ += records;
  window_missed_ += missed;
  if (window_records_ < window_records_max) {
    return;
  }
  if (window_missed_ * 2 > window_records_) {
    pour_front([this](std::span<const Usage> held) { scatter(held); });
    heaped_front_.reset();
    front_.reset();
    front_memory_ = Pages();
  }
  window_records_ = 0;
  window_missed_ = 0;
}

void IdLane::scatter(std::span<const Usage> batch) {
  if (partitions_ == nullptr) {
    partitions_ = &options_.partitions();
    scatter_.emplace(partitions_->count());
    heaped_scatter_ = std::make_unique<HeapedScatter>(*scatter_, partitions_->count());
  }
  while (status_ && !batch.empty()) {
    if (scattered_ == plan_.scatter_records) {
      pour_scatter();
    }
    const auto part = batch.first(std::min(batch.size(), plan_.scatter_records - scattered_));
    for (const Usage& usage : part) {
      scatter_->add(partitions_->of(usage.consumer), usage);
    }
    scattered_ += part.size();
    batch = batch.subspan(part.size());
  }
  if (scatter_->failed()) {
    status_ = Error{ErrorKind::unavailable, "out of memory: lower fold.memory or jobs"};
  }
}

void IdLane::pour_scatter() {
  // Lanes begin at different partitions: they would wait for each other all the way otherwise.
  const auto first = static_cast<std::size_t>(options_.index) * 7919 % partitions_->count();
  status_ = partitions_->add(*scatter_, first);
  scatter_->clear();
  scattered_ = 0;
}

void IdLane::publish_counts() {
  front_keys_.store(front_ ? front_->keys() : 0, std::memory_order_relaxed);
  dense_keys_.store(dense_.keys(), std::memory_order_relaxed);
  dense_extent_.store(dense_.extent(), std::memory_order_relaxed);
}

std::vector<Heaped*> IdLane::heaps() const {
  std::vector<Heaped*> heaps;
  for (Heaped* heap : {heaped_front_.get(), heaped_scatter_.get()}) {
    if (heap != nullptr && heap->records() > 0) {
      heaps.push_back(heap);
    }
  }
  return heaps;
}

}  // namespace weir
