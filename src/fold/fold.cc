// SPDX-License-Identifier: Apache-2.0
// Records are added to the tables of lanes; a full table is sorted and spilled as a run:
//
//   lane 0:  [ table ] ─► run 0-0, run 0-1 …  ┐  more runs than can be read at a time:
//   lane 1:  [ table ] ─► run 1-0 …           ├─► the smallest are merged into one, and again
//                                             ┘
//   finish:  sorted tables, and the runs ─► merged ─► one cursor, read as often as one likes
//
// The memory is shared out once (memory_plan.h): nothing grows at another's expense, no lane waits.
#include "fold/fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "fold/lane.h"
#include "fold/memory_plan.h"
#include "fold/merge.h"

namespace weir {

struct Fold::State {
  State(const Machine& machine, const FoldOptions& options)
      : tasks(machine.tasks),
        plan(plan_memory(options)),
        folder(machine.files, machine.random, options.spill_folder) {
    for (int i = 0; i < options.lanes; ++i) {
      const LaneOptions lane{.key = options.key,
                             .table = {.seed = draw_hash_seed(machine.random),
                                       .bytes = plan.lane_bytes,
                                       .entries_max = plan.lane_entries},
                             .block_bytes = plan.block_bytes,
                             .name = fmt::format("lane-{}", i)};
      lanes.push_back(std::make_unique<Lane>(lane, folder));
    }
  }

  void sort_lanes();
  void gather_runs();
  Result<void> merge_runs(std::size_t count);
  Result<std::vector<std::unique_ptr<SumCursor>>> sources();

  Tasks& tasks;
  const MemoryPlan plan;
  SpillFolder folder;
  std::vector<std::unique_ptr<Lane>> lanes;
  bool finished = false;
  std::vector<Run> runs;                        // of all lanes, when finished
  std::atomic<std::uint64_t> bytes_merged = 0;  // written by passes
  int passes = 0;
  std::unique_ptr<SumCursor> partial;
};

void Fold::State::sort_lanes() {
  std::vector<std::unique_ptr<Task>> sorting;
  for (std::size_t i = 1; i < lanes.size(); ++i) {
    KeyTable& table = lanes[i]->table();
    if (table.keys() > 0) {
      sorting.push_back(tasks.spawn("sort-" + std::to_string(i), [&table] { table.sort(); }));
    }
  }
  lanes.front()->table().sort();
  // The tasks join as they go out of scope.
}

void Fold::State::gather_runs() {
  for (const auto& lane : lanes) {
    runs.insert(runs.end(), lane->runs().begin(), lane->runs().end());
  }
}

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

Result<std::vector<std::unique_ptr<SumCursor>>> Fold::State::sources() {
  std::vector<std::unique_ptr<SumCursor>> found;
  for (const Run& run : runs) {
    TRY_ASSIGN(found.emplace_back(), open_run(folder, run));
  }
  for (const auto& lane : lanes) {
    if (lane->table().keys() > 0) {
      found.push_back(lane->table().cursor());
    }
  }
  if (found.empty()) {
    found.push_back(lanes.front()->table().cursor());  // of no keys
  }
  return found;
}

Fold::Fold(const Machine& machine, const FoldOptions& options)
    : state_(std::make_unique<State>(machine, options)) {}

Fold::~Fold() = default;

UsageSink& Fold::lane(int index) {
  return *state_->lanes.at(static_cast<std::size_t>(index));
}

Result<void> Fold::lane_status(int index) const {
  return state_->lanes.at(static_cast<std::size_t>(index))->status();
}

std::uint64_t Fold::keys() const {
  std::uint64_t keys = 0;
  for (const auto& lane : state_->lanes) {
    keys += lane->keys();
  }
  return keys;
}

std::uint64_t Fold::bytes_spilled() const {
  std::uint64_t bytes = state_->bytes_merged;
  for (const auto& lane : state_->lanes) {
    bytes += lane->bytes_spilled();
  }
  return bytes;
}

Result<SumCursor*> Fold::finish() {
  State& state = *state_;
  CHECK(!std::exchange(state.finished, true));
  for (const auto& lane : state.lanes) {
    TRY(lane->status());
  }
  state.sort_lanes();
  state.gather_runs();
  while (state.runs.size() > state.plan.merge_fan_in) {
    const std::size_t too_many = state.runs.size() - state.plan.merge_fan_in;
    TRY(state.merge_runs(std::min(too_many + 1, state.plan.merge_fan_in)));
  }
  TRY_ASSIGN(auto sources, state.sources());
  state.partial = sources.size() == 1 ? std::move(sources.front()) : merged(std::move(sources));
  return state.partial.get();
}

}  // namespace weir
