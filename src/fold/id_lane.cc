// SPDX-License-Identifier: Apache-2.0
#include "fold/id_lane.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace weir {
namespace {

constexpr std::size_t dense_share = 8;  // one front key in so many makes the array worth its memory

}  // namespace

IdLane::IdLane(const IdPlan& plan, Options options)
    : plan_(plan),
      budget_(*options.budget),
      dense_(plan.dense_ids_first, plan.dense_ids_max),
      others_(plan.others,
              {.index = options.index,
               .seed = options.seed,
               .partitions = std::move(options.partitions),
               .relieve = [this](std::span<const Usage> rest) { return extend_dense(rest); }}) {}

void IdLane::add(std::span<const SmallUsage> batch) {
  others_.add(dense_.add(batch));
  publish_counts();
}

void IdLane::add(std::span<const Usage> batch) {
  others_.add(dense_.add(batch));
  publish_counts();
}

void IdLane::add(std::span<const TextUsage> batch) {
  CHECK(batch.empty());
}

// The front is full. Returns whether the array was extended, the front emptied into it, and the
// rest of a batch added.
bool IdLane::extend_dense(std::span<const Usage> rest) {
  if (dense_.end() == 0 || dense_.end() >= plan_.dense_ids_max || front() == nullptr) {
    return false;
  }
  const auto keys = front()->all_keys();
  const auto small = std::count_if(keys.begin(), keys.end(),
                                   [this](std::uint64_t key) { return key < plan_.dense_ids_max; });
  const std::uint64_t more = DenseTable::bytes_of(plan_.dense_ids_max - dense_.end());
  if (static_cast<std::size_t>(small) * dense_share < keys.size() || !budget_.take(more)) {
    return false;
  }
  dense_.extend_to_max();
  std::vector<Usage> again = others_.poured_front();
  again.insert(again.end(), rest.begin(), rest.end());  // a copy: adding to dense_ frees the batch
  add(again);
  return true;
}

void IdLane::publish_counts() {
  dense_keys_.store(dense_.keys(), std::memory_order_relaxed);
  dense_extent_.store(dense_.extent(), std::memory_order_relaxed);
}

}  // namespace weir
