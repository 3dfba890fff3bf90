// SPDX-License-Identifier: Apache-2.0
// Who works on what within one process: a bounded queue of units, and the batches they are folded
// into. It does no work itself: the feeder offers units, workers take and finish them, the
// committer takes closed batches.
//
//   feeder ──offer──► [units] ──take──► workers ──finish──► batch, closed ──take_closed──►
//   committer
//                        ▲                                                                    │
//                        └───────────────── again (a batch that failed) ◄────────────────────┘
//
// At most two batches live at a time: one is folded while the other is committed; the memory limit
// of the fold is halved between them. A batch is as large as its age lets it be, spilled runs
// included: the database takes much longer to touch a key twice than the fold to spill it. 80 M
// lines of a million consumers: 3.4 s in batches of a million keys, 0.8 s in one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "flow/accept.h"
#include "fold/fold.h"
#include "io/machine.h"
#include "model/file.h"
#include "model/flow.h"

namespace weir {

struct OfferedUnit {
  std::shared_ptr<const OfferedFile> file;  // several units of one file point to it
  UnitId id;
  ByteRange range;
  int attempts = 0;  // that failed and may be repeated
};

// Units folded together, to be committed together.
struct LiveBatch {
  std::unique_ptr<Fold> fold;
  std::vector<OfferedUnit> units;  // finished well, with their outcomes beside them
  std::vector<UnitOutcome> outcomes;
  bool spoilt = false;  // a unit failed after some of it was folded: fold again without it
  int workers_inside = 0;
  FileSequence file = 0;      // of its first unit
  Nanoseconds opened_at = 0;  // monotonic
};

struct Assignment {
  LiveBatch* batch = nullptr;
  OfferedUnit unit;
};

// Any thread.
class Dispatch {
 public:
  struct Options {
    std::size_t units_queued_max = 64;
    FoldOptions fold;  // of one batch
    std::uint64_t batch_keys = 64'000'000;
    Nanoseconds batch_age = 5'000'000'000;
    bool close_when_idle = false;     // commit at once when nothing more is waiting
    bool one_file_per_batch = false;  // what the store's history asks for
  };
  Dispatch(const Machine& machine, const Options& options);

  // Feeder. offer waits for room; false: everything was called off.
  bool offer(OfferedUnit unit);
  void no_more();

  // Workers. Nothing: all work is done, or called off. A taken unit must be finished.
  std::optional<Assignment> take();
  enum class Ending { good, untouched, spoilt };  // untouched: nothing of it reached the fold
  void finish(const Assignment& assignment, Ending ending, UnitOutcome outcome);

  // Committer. Nothing: all work is done. A taken batch must be given back by settled or again.
  std::unique_ptr<LiveBatch> take_closed();
  void settled(std::unique_ptr<LiveBatch> batch);
  // Its fold is thrown away and these units are offered again, ahead of others, in smaller batches.
  void again(std::unique_ptr<LiveBatch> batch, std::vector<OfferedUnit> units);
  void offer_again(OfferedUnit unit);  // one unit that failed before it was folded

  // Nothing more is offered, taken or waited for; what is open closes and may be committed.
  void call_off();
  bool called_off();

 private:
  bool over() const;  // all under the monitor
  bool may_open() const;
  bool must_close(const LiveBatch& batch) const;
  bool is_idle(const LiveBatch& batch) const;
  bool is_of_another_file(const LiveBatch& batch) const;
  void close_if_due();
  void open_batch(FileSequence file);
  void give_back(std::unique_ptr<LiveBatch> batch);

  const Machine& machine_;
  const Options options_;
  const std::unique_ptr<Monitor> monitor_;
  std::deque<OfferedUnit> queue_;
  std::unique_ptr<LiveBatch> open_;                  // takes units
  std::vector<std::unique_ptr<LiveBatch>> closing_;  // takes no more; workers are still inside
  std::deque<std::unique_ptr<LiveBatch>> closed_;    // waits for the committer
  int committing_ = 0;                               // batches in the committer's hands
  int taken_ = 0;                                    // units in workers' hands
  std::size_t units_per_batch_max_;  // halved by a failed batch, doubled by a good one
  bool no_more_ = false;
  bool called_off_ = false;
};

}  // namespace weir
