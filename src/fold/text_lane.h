// SPDX-License-Identifier: Apache-2.0
// A lane of text keys:
//
//   batch ─► keys in words (text_key.h) ─► a hash of its own, or tables that all lanes share
//     │                                    (sharing_lane.h)
//     └────► long keys ─► a table of its own, and runs that it has spilled when that was full
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fold/sharing_lane.h"
#include "fold/spill.h"
#include "fold/text_table.h"

namespace weir {

// One thread at a time; counts from any. Borrows the budget and the folder.
class TextLane final : public UsageSink {
 public:
  struct Options {
    int index = 0;
    HashSeed seed;
    Budget* budget = nullptr;
    std::function<TextPartitions&()> partitions;  // made when first asked for; any thread
    std::size_t block_bytes = 0;                  // of runs
  };
  TextLane(const TextPlan& plan, Options options, SpillFolder& folder);

  // After a failure nothing is added any more: the sums of this lane are lost.
  void add(std::span<const Usage> batch) override;
  void add(std::span<const SmallUsage> batch) override;
  void add(std::span<const TextUsage> batch) override;
  const Result<void>& status() const { return status_ ? words_.status() : status_; }

  std::uint64_t keys() const {
    return words_.front_keys() + long_keys_.load(std::memory_order_relaxed);
  }
  std::uint64_t bytes_spilled() const { return bytes_spilled_.load(std::memory_order_relaxed); }

  // When nothing is added any more.
  void pour_scatter() { words_.pour_scatter(); }
  TextSumTable* front() { return words_.front(); }
  TextTable& long_keys() { return *table_; }
  const std::vector<Run>& runs() const { return runs_; }

 private:
  static constexpr std::size_t group_records = 256;

  std::size_t tell_apart(std::span<const TextUsage> batch);
  void add_long(std::span<const TextUsage> batch);
  Result<void> spill();

  const TextPlan plan_;
  const std::string name_;  // of runs
  const std::size_t block_bytes_;
  SpillFolder& folder_;
  SharingLane<TextLine> words_;
  const std::unique_ptr<TextTable> table_;  // of long keys
  std::array<TextSum, group_records> group_;
  std::vector<TextUsage> long_ones_;  // of a group
  std::vector<Run> runs_;
  std::uint64_t keys_spilled_ = 0;
  Result<void> status_;  // of long keys
  // Read by others while this lane works: on a cache line of their own.
  alignas(64) std::atomic<std::uint64_t> long_keys_ = 0;
  std::atomic<std::uint64_t> bytes_spilled_ = 0;
};

}  // namespace weir
