// SPDX-License-Identifier: Apache-2.0
#include "fold/text_sums.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "fold/merge.h"
#include "fold/text_lane.h"

namespace weir {
namespace {

class TextSums final : public Sums {
 public:
  TextSums(const Machine& machine, const FoldOptions& options, const MemoryPlan& plan,
           SpillFolder& folder)
      : tasks_(machine.tasks) {
    for (int i = 0; i < options.lanes; ++i) {
      const TextLaneOptions lane{.table = {.seed = draw_hash_seed(machine.random),
                                           .bytes = plan.lane_bytes,
                                           .entries_max = plan.lane_entries},
                                 .block_bytes = plan.block_bytes,
                                 .name = fmt::format("lane-{}", i)};
      lanes_.push_back(std::make_unique<TextLane>(lane, folder));
    }
  }

  UsageSink& lane(int index) override { return *lanes_.at(static_cast<std::size_t>(index)); }
  Result<void> lane_status(int index) const override {
    return lanes_.at(static_cast<std::size_t>(index))->status();
  }
  std::uint64_t keys() const override;
  std::uint64_t bytes_spilled() const override;

  Result<void> close() override;
  const std::vector<Run>& runs() const override { return runs_; }
  std::size_t slices() const override { return 1; }
  std::unique_ptr<SumCursor> slice(std::size_t index) const override;

 private:
  Tasks& tasks_;
  std::vector<std::unique_ptr<TextLane>> lanes_;
  std::vector<Run> runs_;
};

std::uint64_t TextSums::keys() const {
  std::uint64_t keys = 0;
  for (const auto& lane : lanes_) {
    keys += lane->keys();
  }
  return keys;
}

std::uint64_t TextSums::bytes_spilled() const {
  std::uint64_t bytes = 0;
  for (const auto& lane : lanes_) {
    bytes += lane->bytes_spilled();
  }
  return bytes;
}

Result<void> TextSums::close() {
  std::vector<std::unique_ptr<Task>> sorting;
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    TextTable& table = lanes_[i]->table();
    if (table.keys() > 0) {
      sorting.push_back(tasks_.spawn("sort-" + std::to_string(i), [&table] { table.sort(); }));
    }
  }
  lanes_.front()->table().sort();
  for (const auto& lane : lanes_) {
    runs_.insert(runs_.end(), lane->runs().begin(), lane->runs().end());
  }
  return {};  // the tasks join as they go out of scope
}

std::unique_ptr<SumCursor> TextSums::slice(std::size_t /*index*/) const {
  std::vector<std::unique_ptr<SumCursor>> found;
  for (const auto& lane : lanes_) {
    if (lane->table().keys() > 0 || found.empty()) {
      found.push_back(lane->table().cursor());
    }
  }
  return found.size() == 1 ? std::move(found.front()) : merged(std::move(found));
}

}  // namespace

std::unique_ptr<Sums> make_text_sums(const Machine& machine, const FoldOptions& options,
                                     const MemoryPlan& plan, SpillFolder& folder) {
  return std::make_unique<TextSums>(machine, options, plan, folder);
}

}  // namespace weir
