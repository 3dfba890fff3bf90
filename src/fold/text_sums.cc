// SPDX-License-Identifier: Apache-2.0
#include "fold/text_sums.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fold/text_lane.h"
#include "fold/text_slices.h"

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
  std::size_t slices() const override { return slices_->count(); }
  std::unique_ptr<SumCursor> slice(std::size_t index) const override {
    return slices_->cursor(index);
  }

 private:
  Tasks& tasks_;
  std::vector<std::unique_ptr<TextLane>> lanes_;
  std::vector<Run> runs_;
  std::optional<TextSlices> slices_;
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

// Each lane by a task of its own.
Result<void> TextSums::close() {
  std::vector<SortedTexts> sorted(lanes_.size());
  std::vector<std::unique_ptr<Task>> others;
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    others.push_back(tasks_.spawn("sort-" + std::to_string(i),
                                  [this, &sorted, i] { sorted[i] = lanes_[i]->table().sort(); }));
  }
  sorted.front() = lanes_.front()->table().sort();
  others.clear();  // joined
  SortedTexts all;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    all.insert(all.end(), sorted[i].begin(), sorted[i].end());
    runs_.insert(runs_.end(), lanes_[i]->runs().begin(), lanes_[i]->runs().end());
  }
  slices_.emplace(std::move(all));
  return {};
}

}  // namespace

std::unique_ptr<Sums> make_text_sums(const Machine& machine, const FoldOptions& options,
                                     const MemoryPlan& plan, SpillFolder& folder) {
  return std::make_unique<TextSums>(machine, options, plan, folder);
}

}  // namespace weir
