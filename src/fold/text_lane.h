// SPDX-License-Identifier: Apache-2.0
// A lane of text keys: one worker's table, and the runs it has spilled when it was full.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "fold/spill.h"
#include "fold/text_table.h"

namespace weir {

struct TextLaneOptions {
  TextTableOptions table;
  std::size_t block_bytes = 0;
  std::string name;  // runs are named by it
};

// One thread at a time; counts from any. Borrows the folder.
class TextLane final : public UsageSink {
 public:
  TextLane(const TextLaneOptions& options, SpillFolder& folder);

  // After a failure nothing is added any more: the sums of this lane are lost.
  void add(std::span<const Usage> batch) override;
  void add(std::span<const SmallUsage> batch) override;
  void add(std::span<const TextUsage> batch) override;
  const Result<void>& status() const { return status_; }

  std::uint64_t keys() const { return keys_.load(std::memory_order_relaxed); }
  std::uint64_t bytes_spilled() const { return bytes_spilled_.load(std::memory_order_relaxed); }

  TextTable& table() { return *table_; }
  const std::vector<Run>& runs() const { return runs_; }

 private:
  Result<void> make_room();

  const TextLaneOptions options_;
  SpillFolder& folder_;
  const std::unique_ptr<TextTable> table_;
  std::vector<Run> runs_;
  std::uint64_t keys_spilled_ = 0;
  Result<void> status_;
  // Read by others while this lane works: on a cache line of their own.
  alignas(64) std::atomic<std::uint64_t> keys_ = 0;
  std::atomic<std::uint64_t> bytes_spilled_ = 0;
};

}  // namespace weir
