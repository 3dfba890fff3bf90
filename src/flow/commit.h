// SPDX-License-Identifier: Apache-2.0
// Commits closed batches, and decides what follows: counted, counted by someone else, folded again
// in smaller batches, or a file set aside.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "flow/dispatch.h"
#include "flow/poison.h"
#include "flow/report.h"
#include "flow/retry.h"
#include "flow/set_aside.h"
#include "flow/shares.h"
#include "store/store.h"

namespace weir {

struct CommitCounts {
  std::uint64_t files_finished = 0;
  std::uint64_t commits = 0;
  std::uint64_t keys = 0;   // rows written
  std::uint64_t bytes = 0;  // stored bytes of the units counted
  std::uint64_t bytes_spilled = 0;
  Nanoseconds took = 0;  // in the store, with what was tried in vain
  LineCounts counts;
};

// Told after every commit; on the committer's thread, must not block.
using Settled = std::function<void(const Receipt&)>;

// One thread. Borrows everything.
class BatchCommitter {
 public:
  struct Options {
    const Machine& machine;
    Store& store;
    Dispatch& dispatch;
    SetAside& set_aside;
    Progress& progress;
    const Notes& notes;
    const Stop& stop;
    Settled settled = {};  // may be absent
    Poison* poison = nullptr;
    Shares* shares = nullptr;
  };
  explicit BatchCommitter(const Options& options) : options_(options) {}

  // Gives the batch back to dispatch in every case. An error ends the pass; nothing that was not
  // committed is lost, for the ledger still has it as pending.
  Result<void> commit(std::unique_ptr<LiveBatch> batch);
  const CommitCounts& counts() const { return counts_; }

 private:
  Result<void> try_commit(std::unique_ptr<LiveBatch>& batch);
  Result<void> sort_out(std::unique_ptr<LiveBatch>& batch, bool outcome_was_unknown);
  Result<void> does_not_fit(std::unique_ptr<LiveBatch>& batch, const Error& error);
  Result<bool> still_pending(const OfferedUnit& unit);
  void counted(const UnitId& unit);
  void fold_again(std::unique_ptr<LiveBatch>& batch, std::vector<OfferedUnit> units);
  void account(const LiveBatch& batch, const Receipt& receipt);

  const Options options_;
  CommitCounts counts_;
};

}  // namespace weir
