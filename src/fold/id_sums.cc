// SPDX-License-Identifier: Apache-2.0
#include "fold/id_sums.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "fold/id_lane.h"
#include "fold/limits.h"
#include "fold/merge.h"
#include "fold/ordering.h"

namespace weir {
namespace {

constexpr std::uint64_t slice_ids = 1 << 16;  // of an array, read at a time
constexpr std::uint64_t dense_slices_max = limits::order_cuts_max - 1;

// Keys from begin to end - 1.
struct KeyRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// The arrays of all lanes, added up, over a range of ids.
class DenseCursor final : public SumCursor {
 public:
  DenseCursor(std::vector<const DenseTable*> tables, KeyRange range)
      : tables_(std::move(tables)), range_(range), next_(range.begin) {}

  Result<void> rewind() override {
    next_ = range_.begin;
    return {};
  }
  Result<std::span<const SumEntry>> next() override {
    std::size_t count = 0;
    while (next_ < range_.end && count < batch_.size()) {
      if (next_ % DenseTable::stretch_ids == 0 && stretch_is_empty()) {
        next_ += DenseTable::stretch_ids;  // perhaps beyond the range
        continue;
      }
      Int128 sum = 0;
      bool seen = false;
      for (const DenseTable* table : tables_) {
        sum += table->sum(next_);
        seen = seen || table->seen(next_);
      }
      if (seen) {
        batch_[count++] = {.id = next_, .text = {}, .sum = sum};
      }
      ++next_;
    }
    return std::span<const SumEntry>(batch_).first(count);
  }
  KeyKind key_kind() const override { return KeyKind::integer; }
  std::uint64_t keys() const override { return range_.end - range_.begin; }

 private:
  bool stretch_is_empty() const {
    return std::all_of(tables_.begin(), tables_.end(),
                       [this](const DenseTable* table) { return table->stretch_is_empty(next_); });
  }

  const std::vector<const DenseTable*> tables_;
  const KeyRange range_;
  std::uint64_t next_;
  std::array<SumEntry, limits::cursor_batch_entries> batch_;
};

class IdSums final : public Sums {
 public:
  IdSums(const Machine& machine, const FoldOptions& options, const MemoryPlan& plan,
         SpillFolder& folder)
      : tasks_(machine.tasks),
        folder_(folder),
        plan_(plan.ids),
        block_bytes_(plan.block_bytes),
        seed_(draw_hash_seed(machine.random)),
        budget_(plan.ids.others.table_bytes),
        monitor_(machine.tasks.monitor()) {
    for (int i = 0; i < options.lanes; ++i) {
      lanes_.push_back(std::make_unique<IdLane>(
          plan_, IdLane::Options{.index = i,
                                 .seed = draw_hash_seed(machine.random),
                                 .budget = &budget_,
                                 .partitions = [this]() -> Partitions& { return partitions(); }}));
    }
  }

  UsageSink& lane(int index) override { return *lanes_.at(static_cast<std::size_t>(index)); }
  Result<void> lane_status(int index) const override {
    return lanes_.at(static_cast<std::size_t>(index))->status();
  }
  std::uint64_t keys() const override;
  std::uint64_t bytes_spilled() const override {
    const Held held(*monitor_);
    return partitions_ ? partitions_->bytes_spilled() : 0;
  }

  Result<void> close() override;
  const std::vector<Run>& runs() const override {
    return partitions_ ? partitions_->runs() : no_runs_;
  }
  std::size_t slices() const override { return ordering_->ranges(); }
  std::unique_ptr<SumCursor> slice(std::size_t index) const override;

 private:
  Partitions& partitions();
  std::uint64_t extent() const;
  std::vector<std::uint64_t> cuts() const;

  Tasks& tasks_;
  SpillFolder& folder_;
  const IdPlan plan_;
  const std::size_t block_bytes_;
  const HashSeed seed_;
  Budget budget_;
  const std::unique_ptr<Monitor> monitor_;  // over the making of partitions_
  std::optional<Partitions> partitions_;
  std::vector<std::unique_ptr<IdLane>> lanes_;
  std::optional<Ordering> ordering_;
  const std::vector<Run> no_runs_;
};

Partitions& IdSums::partitions() {
  const Held held(*monitor_);
  if (!partitions_) {
    partitions_.emplace(tasks_, budget_, folder_,
                        Partitions::Options{.seed = seed_,
                                            .bits = plan_.others.partition_bits,
                                            .bytes = plan_.others.table_bytes,
                                            .entries_max = plan_.others.table_entries,
                                            .block_bytes = block_bytes_,
                                            .jobs = static_cast<int>(lanes_.size())});
  }
  return *partitions_;
}

// Small ids are counted by each lane that has seen them, but there are no more than their extent.
std::uint64_t IdSums::keys() const {
  std::uint64_t dense = 0;
  std::uint64_t others = 0;
  for (const auto& lane : lanes_) {
    dense += lane->dense_keys();
    others += lane->front_keys();
  }
  const Held held(*monitor_);
  return std::min(dense, extent()) + others + (partitions_ ? partitions_->keys() : 0);
}

std::uint64_t IdSums::extent() const {
  std::uint64_t extent = 0;
  for (const auto& lane : lanes_) {
    extent = std::max(extent, lane->dense_extent());
  }
  return extent;
}

std::vector<std::uint64_t> IdSums::cuts() const {
  const std::uint64_t step = std::max(slice_ids, extent() / dense_slices_max);
  std::vector<std::uint64_t> cuts;
  for (std::uint64_t id = step; id < extent(); id += step) {
    cuts.push_back(id);
  }
  if (!cuts.empty()) {
    cuts.push_back(extent());
  }
  return cuts;
}

Result<void> IdSums::close() {
  {
    std::vector<std::unique_ptr<Task>> pouring;  // they join as they go out of scope
    for (std::size_t i = 1; i < lanes_.size(); ++i) {
      pouring.push_back(
          tasks_.spawn("pour-" + std::to_string(i), [&lane = *lanes_[i]] { lane.pour_scatter(); }));
    }
    lanes_.front()->pour_scatter();
  }
  std::vector<SumTable*> tables;
  for (const auto& lane : lanes_) {
    TRY(lane->status());
    if (lane->front() != nullptr) {
      tables.push_back(lane->front());
    }
  }
  if (partitions_) {
    const auto shared = partitions_->tables();
    tables.insert(tables.end(), shared.begin(), shared.end());
  }
  ordering_.emplace(tasks_, static_cast<int>(lanes_.size()), tables, cuts());
  return {};
}

std::unique_ptr<SumCursor> IdSums::slice(std::size_t index) const {
  const auto& cuts = ordering_->cuts();
  const KeyRange range{.begin = index == 0 ? 0 : cuts[index - 1],
                       .end = index == cuts.size() ? UINT64_MAX : cuts[index]};
  std::vector<const DenseTable*> arrays;
  for (const auto& lane : lanes_) {
    if (lane->dense().extent() > range.begin) {
      arrays.push_back(&lane->dense());
    }
  }
  std::vector<std::unique_ptr<SumCursor>> sources;
  if (!arrays.empty()) {
    const KeyRange ids{range.begin, std::min(range.end, extent())};
    sources.push_back(std::make_unique<DenseCursor>(std::move(arrays), ids));
  }
  if (ordering_->records(index) > 0 || sources.empty()) {
    sources.push_back(ordering_->cursor(index));
  }
  return sources.size() == 1 ? std::move(sources.front()) : merged(std::move(sources));
}

}  // namespace

std::unique_ptr<Sums> make_id_sums(const Machine& machine, const FoldOptions& options,
                                   const MemoryPlan& plan, SpillFolder& folder) {
  return std::make_unique<IdSums>(machine, options, plan, folder);
}

}  // namespace weir
