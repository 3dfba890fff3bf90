// SPDX-License-Identifier: Apache-2.0
// A lane of integer keys. Where a record is added up is chosen by what has been seen so far:
//
//   batch ─► dense: an array     ids below a limit; all there is for most
//              │ others
//              ▼
//            a hash of its own, or tables that all lanes share (sharing_lane.h)
//
// The limit is low at first. When the front, that hash, is full, and an eighth of its keys are
// small enough for the largest array that the memory allows, the array is extended to that.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "fold/dense_table.h"
#include "fold/memory_plan.h"
#include "fold/partitions.h"
#include "fold/sharing_lane.h"

namespace weir {

// One thread at a time; counts from any.
class IdLane final : public UsageSink {
 public:
  struct Options {
    int index = 0;
    HashSeed seed;
    Budget* budget = nullptr;
    std::function<Partitions&()> partitions;  // made when first asked for; any thread
  };
  IdLane(const IdPlan& plan, Options options);

  void add(std::span<const Usage> batch) override;
  void add(std::span<const SmallUsage> batch) override;
  void add(std::span<const TextUsage> batch) override;
  const Result<void>& status() const { return others_.status(); }

  std::uint64_t front_keys() const { return others_.front_keys(); }
  std::uint64_t dense_keys() const { return dense_keys_.load(std::memory_order_relaxed); }
  std::uint64_t dense_extent() const { return dense_extent_.load(std::memory_order_relaxed); }

  // When nothing is added any more.
  const DenseTable& dense() const { return dense_; }
  void pour_scatter() { others_.pour_scatter(); }
  SumTable* front() { return others_.front(); }

 private:
  bool extend_dense(std::span<const Usage> rest);
  void publish_counts();

  const IdPlan plan_;
  Budget& budget_;
  DenseTable dense_;
  SharingLane<SumLine> others_;
  // Read by others while this lane works: on a cache line of their own.
  alignas(64) std::atomic<std::uint64_t> dense_keys_ = 0;
  std::atomic<std::uint64_t> dense_extent_ = 0;
};

}  // namespace weir
