// SPDX-License-Identifier: Apache-2.0
// What a lane does with keys that need a hash:
//
//   batch ─► front: a hash of its own   as long as it has room; then only for keys that it holds
//              │ others
//              ▼
//            scatter ─► partitions, which all lanes share
//
// When more than half of the records pass a full front by, it costs more than it saves: it is given
// up.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "fold/memory_plan.h"
#include "fold/partitions.h"
#include "fold/scatter.h"
#include "fold/sum_table.h"

namespace weir {

// One thread at a time; counts from any.
template <class Line>
class SharingLane {
 public:
  using Table = SumTableOf<Line>;
  using Entry = typename Line::Entry;
  struct Options {
    int index = 0;
    HashSeed seed;
    std::function<PartitionsOf<Line>&()> partitions;  // made when first asked for; any thread
    // Asked when the front is full: whether the rest of a batch was taken care of, and the front
    // poured out. Empty: never.
    std::function<bool(std::span<const Entry> rest)> relieve;
  };
  SharingLane(const SharingPlan& plan, Options options);

  void add(std::span<const Entry> batch);
  const Result<void>& status() const { return status_; }
  std::uint64_t front_keys() const { return front_keys_.load(std::memory_order_relaxed); }

  // When nothing is added any more, and by `relieve`.
  void pour_scatter();                // into the partitions
  Table* front();                     // null: given up, or empty
  std::vector<Entry> poured_front();  // what it held; it is empty afterwards

 private:
  void add_to_front(std::span<const Entry> batch);
  void scatter(std::span<const Entry> batch);
  void make_room(std::size_t records);
  void note_misses(std::size_t records, std::size_t missed);

  static constexpr std::size_t dealt_per_entry = Line::records_per_entry;

  const SharingPlan plan_;
  const Options options_;
  Pages front_memory_;
  std::optional<Table> front_;  // none: given up
  bool front_full_ = false;
  std::uint64_t window_records_ = 0;  // that came to a full front, and how many it did not hold
  std::uint64_t window_missed_ = 0;
  PartitionsOf<Line>* partitions_ = nullptr;
  std::optional<ScatterOf<typename Line::Record>> scatter_;
  std::size_t scattered_ = 0;    // entries in it
  std::size_t slabs_first_ = 0;  // of the scatter, apart from the budget
  std::size_t slabs_taken_later_ = 0;
  Result<void> status_;
  // Read by others while this lane works: on a cache line of its own.
  alignas(64) std::atomic<std::uint64_t> front_keys_ = 0;
};

}  // namespace weir
