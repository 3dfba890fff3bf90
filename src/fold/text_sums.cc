// SPDX-License-Identifier: Apache-2.0
#include "fold/text_sums.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fold/merge.h"
#include "fold/ordering.h"
#include "fold/text_lane.h"
#include "fold/text_slices.h"

namespace weir {
namespace {

class TextSums final : public Sums {
 public:
  TextSums(const Machine& machine, const FoldOptions& options, const MemoryPlan& plan,
           SpillFolder& folder)
      : tasks_(machine.tasks),
        folder_(folder),
        plan_(plan.texts.words),
        block_bytes_(plan.block_bytes),
        seed_(draw_hash_seed(machine.random)),
        budget_(plan.texts.words.table_bytes),
        monitor_(machine.tasks.monitor()) {
    for (int i = 0; i < options.lanes; ++i) {
      TextLane::Options lane{.index = i,
                             .seed = draw_hash_seed(machine.random),
                             .budget = &budget_,
                             .partitions = [this]() -> TextPartitions& { return partitions(); },
                             .block_bytes = plan.block_bytes};
      lanes_.push_back(std::make_unique<TextLane>(plan.texts, std::move(lane), folder));
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
  std::size_t slices() const override { return words_->ranges(); }
  std::unique_ptr<SumCursor> slice(std::size_t index) const override;

 private:
  TextPartitions& partitions();
  void pour();
  SortedTexts sorted_long_keys();

  Tasks& tasks_;
  SpillFolder& folder_;
  const SharingPlan plan_;
  const std::size_t block_bytes_;
  const HashSeed seed_;
  Budget budget_;
  const std::unique_ptr<Monitor> monitor_;  // over the making of partitions_
  std::optional<TextPartitions> partitions_;
  std::vector<std::unique_ptr<TextLane>> lanes_;
  std::vector<Run> runs_;
  std::optional<TextOrdering> words_;
  std::optional<TextSlices> long_keys_;  // in as many slices
};

TextPartitions& TextSums::partitions() {
  const Held held(*monitor_);
  if (!partitions_) {
    partitions_.emplace(tasks_, budget_, folder_,
                        TextPartitions::Options{.seed = seed_,
                                                .bits = plan_.partition_bits,
                                                .bytes = plan_.table_bytes,
                                                .entries_max = plan_.table_entries,
                                                .block_bytes = block_bytes_,
                                                .jobs = static_cast<int>(lanes_.size())});
  }
  return *partitions_;
}

std::uint64_t TextSums::keys() const {
  std::uint64_t keys = 0;
  for (const auto& lane : lanes_) {
    keys += lane->keys();
  }
  const Held held(*monitor_);
  return keys + (partitions_ ? partitions_->keys() : 0);
}

std::uint64_t TextSums::bytes_spilled() const {
  std::uint64_t bytes = 0;
  for (const auto& lane : lanes_) {
    bytes += lane->bytes_spilled();
  }
  const Held held(*monitor_);
  return bytes + (partitions_ ? partitions_->bytes_spilled() : 0);
}

// What lanes have scattered, each by a task of its own.
void TextSums::pour() {
  std::vector<std::unique_ptr<Task>> pouring;  // they join as they go out of scope
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    pouring.push_back(
        tasks_.spawn("pour-" + std::to_string(i), [&lane = *lanes_[i]] { lane.pour_scatter(); }));
  }
  lanes_.front()->pour_scatter();
}

// Each lane's by a task of its own.
SortedTexts TextSums::sorted_long_keys() {
  std::vector<SortedTexts> sorted(lanes_.size());
  std::vector<std::unique_ptr<Task>> others;
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    others.push_back(tasks_.spawn("sort-" + std::to_string(i), [this, &sorted, i] {
      sorted[i] = lanes_[i]->long_keys().sort();
    }));
  }
  sorted.front() = lanes_.front()->long_keys().sort();
  others.clear();  // joined
  SortedTexts all;
  for (const SortedTexts& of_lane : sorted) {
    all.insert(all.end(), of_lane.begin(), of_lane.end());
  }
  return all;
}

Result<void> TextSums::close() {
  pour();
  std::vector<TextSumTable*> tables;
  for (const auto& lane : lanes_) {
    TRY(lane->status());
    if (lane->front() != nullptr) {
      tables.push_back(lane->front());
    }
    runs_.insert(runs_.end(), lane->runs().begin(), lane->runs().end());
  }
  if (partitions_) {
    const auto shared = partitions_->tables();
    tables.insert(tables.end(), shared.begin(), shared.end());
    runs_.insert(runs_.end(), partitions_->runs().begin(), partitions_->runs().end());
  }
  SortedTexts long_keys = sorted_long_keys();
  std::vector<TextCut> cuts;
  for (const std::string& cut : text_cuts(long_keys)) {
    cuts.emplace_back(cut);
  }
  words_.emplace(tasks_, static_cast<int>(lanes_.size()), tables, std::move(cuts));
  std::vector<std::string> all_cuts;
  for (const TextCut& cut : words_->cuts()) {
    all_cuts.push_back(cut.text);
  }
  long_keys_.emplace(std::move(long_keys), all_cuts);
  return {};
}

std::unique_ptr<SumCursor> TextSums::slice(std::size_t index) const {
  if (long_keys_->keys(index) == 0) {
    return words_->cursor(index);
  }
  if (words_->records(index) == 0) {
    return long_keys_->cursor(index);
  }
  std::vector<std::unique_ptr<SumCursor>> both;
  both.push_back(words_->cursor(index));
  both.push_back(long_keys_->cursor(index));
  return merged(std::move(both));
}

}  // namespace

std::unique_ptr<Sums> make_text_sums(const Machine& machine, const FoldOptions& options,
                                     const MemoryPlan& plan, SpillFolder& folder) {
  return std::make_unique<TextSums>(machine, options, plan, folder);
}

}  // namespace weir
