// SPDX-License-Identifier: Apache-2.0
// Sums of very many keys, shared by all lanes: one table for each value of the upper bits of a
// hash.
//
//   lane 0: scatter ─┐   partition 0   [ table ]       a lane whose scatter is full pours it out,
//   lane 1: scatter ─┼─► partition 1   [ table ]       one partition after another; a table is
//   small
//      …             ┘       …                         enough to stay in the caches meanwhile
//
// A key lies in one table, whatever lane saw it: nothing is held twice, nothing is merged later.
// When the memory is used up, everything is put in order, and spilled as one run.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/tasks.h"
#include "fold/budget.h"
#include "fold/scatter.h"
#include "fold/spill.h"
#include "fold/sum_table.h"

namespace weir {

// Any thread.
template <class Line>
class PartitionsOf {
 public:
  using Table = SumTableOf<Line>;
  using Scatter = ScatterOf<typename Line::Record>;
  struct Options {
    HashSeed seed;
    unsigned bits = 0;        // 2^bits partitions
    std::uint64_t bytes = 0;  // the budget of all tables together: what addresses are reserved by
    std::uint64_t entries_max = 0;  // of all tables together, about; 0: memory decides
    std::size_t block_bytes = 0;    // of runs
    int jobs = 1;
  };
  PartitionsOf(Tasks& tasks, Budget& budget, SpillFolder& folder, const Options& options);

  ~PartitionsOf();

  std::size_t count() const { return parts_.size(); }
  std::size_t of(const typename Line::Key& key) const {  // the upper bits of its hash
    return options_.bits == 0 ? 0 : hash_(key) >> (64 - options_.bits);
  }

  // Whether a lane may take another slab for its scatter: what has been dealt out must find room in
  // the tables, too. The first ones it gets in any case, apart from the budget. Slabs are given
  // back when their records have been added.
  bool take_slab(bool first);
  void give_slabs(std::size_t slabs, std::size_t taken_later);

  // All records of a scatter that dealt them by of(). Spills where need be. After an error sums are
  // lost: nothing counts any more.
  Result<void> add(const Scatter& scatter, std::size_t first_partition);

  std::uint64_t keys() const { return keys_.load(std::memory_order_relaxed); }
  std::uint64_t bytes_spilled() const { return bytes_spilled_.load(std::memory_order_relaxed); }

  // When nobody adds any more.
  std::vector<Table*> tables() const;
  const std::vector<Run>& runs() const { return runs_; }

 private:
  struct Part;
  class Visit;
  void observe(std::uint64_t records, std::uint64_t keys);
  std::uint64_t keys_expected(std::uint64_t records) const;
  void expect(Table& table, std::uint64_t records) const;
  void spill(std::uint64_t spills_seen);
  Result<Run> write_run_of_all();
  Result<void> write_all();
  void empty_tables();

  Tasks& tasks_;
  Budget& budget_;
  SpillFolder& folder_;
  const Options options_;
  const typename Line::Hash hash_;
  Pages memory_;
  std::vector<std::unique_ptr<Part>> parts_;
  std::atomic<std::uint64_t> keys_ = 0;  // in tables
  std::atomic<std::uint64_t> bytes_spilled_ = 0;
  std::atomic<std::size_t> slabs_ = 0;             // that lanes hold
  std::atomic<std::uint64_t> lately_records_ = 0;  // added lately, and how many brought a key
  std::atomic<std::uint64_t> lately_keys_ = 0;
  const std::unique_ptr<Monitor> monitor_;  // over what follows
  int inside_ = 0;                          // lanes that add at this moment
  bool spilling_ = false;
  std::uint64_t spills_ = 0;
  Result<void> status_;
  std::vector<Run> runs_;
};

using Partitions = PartitionsOf<SumLine>;
using TextPartitions = PartitionsOf<TextLine>;

}  // namespace weir
