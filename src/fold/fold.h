// SPDX-License-Identifier: Apache-2.0
// From records to a partial: sums by key, exactly, within a memory limit whatever the keys.
// What memory cannot hold is sorted and spilled as runs; reading the partial merges them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "io/machine.h"
#include "model/partial.h"
#include "model/usage.h"

namespace weir {

struct FoldOptions {
  KeyKind key = KeyKind::integer;
  int lanes = 1;                              // one a worker
  std::uint64_t memory_bytes = 448ULL << 20;  // of all lanes, tables and merge buffers together
  std::uint64_t entries_max = 0;              // of all lanes together; 0: memory decides
  std::string spill_folder;                   // made when first needed; its files go with the fold
};

// One batch's fold. Threads: each lane is used by one task at a time, finish() after all of them.
class Fold {
 public:
  Fold(const Machine& machine, const FoldOptions& options);
  ~Fold();  // removes what was spilled
  Fold(const Fold&) = delete;
  Fold& operator=(const Fold&) = delete;

  UsageSink& lane(int index);
  Result<void> lane_status(int index) const;  // the first failure to spill in this lane

  // About how many keys are held in memory now. Any thread.
  std::uint64_t keys() const;
  std::uint64_t bytes_spilled() const;

  // The partial; once, and nothing may be added afterwards. Lives within the fold. Sorting uses the
  // machine's tasks.
  Result<SumCursor*> finish();

  // Once finished, the same in ranges of keys, ascending, for several tasks to read at the same
  // time: each of them a cursor of its own.
  std::size_t slices() const;
  Result<std::unique_ptr<SumCursor>> slice(std::size_t index);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir
