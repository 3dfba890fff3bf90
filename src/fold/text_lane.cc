// SPDX-License-Identifier: Apache-2.0
#include "fold/text_lane.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "fold/text_slices.h"
#include "fold/uuid_key.h"
#include "model/limits.h"

namespace weir {

TextLane::TextLane(const TextPlan& plan, Options options, SpillFolder& folder)
    : plan_(plan),
      name_(fmt::format("lane-{}", options.index)),
      block_bytes_(options.block_bytes),
      folder_(folder),
      words_(plan.words, {.index = options.index,
                          .seed = options.seed,
                          .partitions = std::move(options.partitions),
                          .relieve = {}}),
      table_(make_text_table({.seed = options.seed,
                              .bytes = plan.long_bytes_max,
                              .bytes_first = plan.long_bytes_first,
                              .budget = options.budget,
                              .entries_max = plan.long_entries})) {}

void TextLane::add(std::span<const TextUsage> batch) {
  if (!status()) {
    return;
  }
  while (!batch.empty()) {
    const auto group = batch.first(std::min(batch.size(), group_records));
    const std::size_t words = tell_apart(group);
    words_.add(std::span<const TextSum>(group_).first(words));
    if (!long_ones_.empty()) {
      add_long(long_ones_);
    }
    batch = batch.subspan(group.size());
  }
}

// Returns how many of them are in the group, being in words.
std::size_t TextLane::tell_apart(std::span<const TextUsage> batch) {
  long_ones_.clear();
  std::size_t words = 0;
  const auto inlined = [](const char* text)
                           __attribute__((always_inline)) { return uuid_key_inline(text); };
  for (const TextUsage& usage : batch) {
    CHECK(usage.consumer.size() - 1 < limits::text_key_bytes);
    group_[words] = {text_key(usage.consumer, inlined), usage.amount};
    if (group_[words].key.third != text_kind::elsewhere) [[likely]] {
      ++words;
    } else {
      long_ones_.push_back(usage);
    }
  }
  return words;
}

void TextLane::add_long(std::span<const TextUsage> batch) {
  while (status_ && !batch.empty()) {
    batch = batch.subspan(table_->add(batch));
    if (!batch.empty()) {
      status_ = spill();
    }
  }
  long_keys_.store(keys_spilled_ + table_->keys(), std::memory_order_relaxed);
}

void TextLane::add(std::span<const Usage> batch) {
  CHECK(batch.empty());
}

void TextLane::add(std::span<const SmallUsage> batch) {
  CHECK(batch.empty());
}

// The table of long keys, as a run.
Result<void> TextLane::spill() {
  if (table_->keys() == 0) {
    return Error{.kind = ErrorKind::unavailable,
                 .message = fmt::format("out of memory: a worker's part of the fold is {}; lower "
                                        "fold.memory or jobs",
                                        bytes_text(plan_.long_bytes_max))};
  }
  const SortedTexts sorted = table_->sort();
  const TextSlices slices(sorted, text_cuts(sorted));
  const NewRun run{.name = fmt::format("{}-{}.run", name_, runs_.size()),
                   .block_bytes = block_bytes_};
  TRY_ASSIGN(runs_.emplace_back(), write_run(folder_, run, *slices.whole()));
  bytes_spilled_.fetch_add(runs_.back().bytes, std::memory_order_relaxed);
  keys_spilled_ += runs_.back().entries;
  table_->clear();
  return {};
}

}  // namespace weir
