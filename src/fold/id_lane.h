// SPDX-License-Identifier: Apache-2.0
// A lane of integer keys. Where a record is added up is chosen by what has been seen so far:
//
//   batch ─► dense: an array     ids below a limit; all there is for most
//              │ others
//              ▼
//            front: a hash       as long as it has room; then only for keys that it holds
//              │ others
//              ▼
//            scatter ─► partitions, which all lanes share
//
// The limit is low at first. When the front is full, and an eighth of its keys are small enough
// for the largest array that the memory allows, the array is extended to that. When more than
// half of the records pass a full front by, it costs more than it saves: it is given up.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "fold/dense_table.h"
#include "fold/memory_plan.h"
#include "fold/partitions.h"
#include "fold/scatter.h"
#include "fold/sum_table.h"

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
  const Result<void>& status() const { return status_; }

  std::uint64_t front_keys() const { return front_keys_.load(std::memory_order_relaxed); }
  std::uint64_t dense_keys() const { return dense_keys_.load(std::memory_order_relaxed); }
  std::uint64_t dense_extent() const { return dense_extent_.load(std::memory_order_relaxed); }

  // When nothing is added any more.
  const DenseTable& dense() const { return dense_; }
  void pour_scatter();  // into the partitions
  SumTable* front();    // null: given up, or empty

 private:
  void add_others(std::span<const Usage> batch);
  void add_to_front(std::span<const Usage> batch);
  bool extend_dense();
  std::vector<Usage> poured_front();
  void scatter(std::span<const Usage> batch);
  void deal(const Usage& usage);
  void make_room(std::size_t records);
  void note_misses(std::size_t records, std::size_t missed);
  void publish_counts();

  const IdPlan plan_;
  const Options options_;
  DenseTable dense_;
  Pages front_memory_;
  std::optional<SumTable> front_;  // none: given up
  bool front_full_ = false;
  std::uint64_t window_records_ = 0;  // that came to a full front, and how many it did not hold
  std::uint64_t window_missed_ = 0;
  Partitions* partitions_ = nullptr;
  std::optional<Scatter> scatter_;
  std::size_t scattered_ = 0;    // records in it
  std::size_t slabs_first_ = 0;  // of the scatter, apart from the budget
  std::size_t slabs_taken_later_ = 0;
  Result<void> status_;
  // Read by others while this lane works: on a cache line of their own.
  alignas(64) std::atomic<std::uint64_t> front_keys_ = 0;
  std::atomic<std::uint64_t> dense_keys_ = 0;
  std::atomic<std::uint64_t> dense_extent_ = 0;
};

}  // namespace weir
