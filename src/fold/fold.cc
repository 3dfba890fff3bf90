// SPDX-License-Identifier: Apache-2.0
// Records are added to lanes, by kind of key (id_sums.h, text_sums.h); what memory cannot hold is
// spilled as sorted runs:
//
//   lanes ─► sums in memory, in slices: ranges of keys    ┐  more runs than can be read at a time:
//         └► run 0, run 1 …                               ├─► the smallest are merged into one, and
//                                                         ┘  again
//   finish:  slices, and the runs ─► merged ─► one cursor, read as often as one likes
//
// The memory is shared out once (memory_plan.h).
#include "fold/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "fold/chain.h"
#include "fold/id_sums.h"
#include "fold/memory_plan.h"
#include "fold/merge.h"
#include "fold/spill.h"
#include "fold/text_sums.h"

namespace weir {

struct Fold::State {
  State(const Machine& machine, const FoldOptions& options)
      : key(options.key),
        lanes(options.lanes),
        plan(plan_memory(options)),
        folder(machine.files, machine.random, options.spill_folder),
        sums(options.key == KeyKind::integer ? make_id_sums(machine, options, plan, folder)
                                             : make_text_sums(machine, options, plan, folder)) {}

  Result<void> merge_runs(std::size_t count);
  std::unique_ptr<SumCursor> in_memory() const;
  Result<std::unique_ptr<SumCursor>> whole();

  const KeyKind key;
  const int lanes;
  const MemoryPlan plan;
  SpillFolder folder;
  const std::unique_ptr<Sums> sums;
  bool finished = false;
  std::vector<Run> runs;                        // when finished
  std::atomic<std::uint64_t> bytes_merged = 0;  // written by passes
  int passes = 0;
  std::unique_ptr<SumCursor> partial;
};

// The smallest of them, into one: least is written twice.
Result<void> Fold::State::merge_runs(std::size_t count) {
  std::ranges::sort(runs, {}, &Run::bytes);
  std::vector<std::unique_ptr<SumCursor>> inputs;
  for (std::size_t i = 0; i < count; ++i) {
    TRY_ASSIGN(inputs.emplace_back(), open_run(folder, runs[i]));
  }
  const NewRun options{.name = fmt::format("merge-{}.run", passes++),
                       .block_bytes = plan.block_bytes};
  TRY_ASSIGN(Run run, write_run(folder, options, *merged(std::move(inputs))));
  for (std::size_t i = 0; i < count; ++i) {
    folder.remove(runs[i].name);
  }
  runs.erase(runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(count));
  bytes_merged += run.bytes;
  runs.push_back(std::move(run));
  return {};
}

std::unique_ptr<SumCursor> Fold::State::in_memory() const {
  if (sums->slices() == 1) {
    return sums->slice(0);
  }
  Chain chain{.kind = key, .parts = sums->slices(), .open = [this](std::size_t part) {
                return sums->slice(part);
              }};
  for (std::size_t part = 0; part < chain.parts; ++part) {
    chain.keys += sums->slice(part)->keys();
  }
  return chained(std::move(chain));
}

Result<std::unique_ptr<SumCursor>> Fold::State::whole() {
  if (runs.empty()) {
    return in_memory();
  }
  std::vector<std::unique_ptr<SumCursor>> sources;
  for (const Run& run : runs) {
    TRY_ASSIGN(sources.emplace_back(), open_run(folder, run));
  }
  sources.push_back(in_memory());
  return merged(std::move(sources));
}

Fold::Fold(const Machine& machine, const FoldOptions& options)
    : state_(std::make_unique<State>(machine, options)) {
  CHECK(options.lanes > 0);
}

Fold::~Fold() = default;

UsageSink& Fold::lane(int index) {
  return state_->sums->lane(index);
}

Result<void> Fold::lane_status(int index) const {
  return state_->sums->lane_status(index);
}

std::uint64_t Fold::keys() const {
  return state_->sums->keys();
}

std::uint64_t Fold::bytes_spilled() const {
  return state_->bytes_merged + state_->sums->bytes_spilled();
}

Result<SumCursor*> Fold::finish() {
  State& state = *state_;
  CHECK(!std::exchange(state.finished, true));
  for (int lane = 0; lane < state.lanes; ++lane) {
    TRY(state.sums->lane_status(lane));
  }
  TRY(state.sums->close());
  state.runs = state.sums->runs();
  while (state.runs.size() > state.plan.merge_fan_in) {
    const std::size_t too_many = state.runs.size() - state.plan.merge_fan_in;
    TRY(state.merge_runs(std::min(too_many + 1, state.plan.merge_fan_in)));
  }
  TRY_ASSIGN(state.partial, state.whole());
  return state.partial.get();
}

std::size_t Fold::slices() const {
  return state_->runs.empty() ? state_->sums->slices() : 1;
}

Result<std::unique_ptr<SumCursor>> Fold::slice(std::size_t index) {
  return state_->runs.empty() ? state_->sums->slice(index) : state_->whole();
}

}  // namespace weir
