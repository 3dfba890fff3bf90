// SPDX-License-Identifier: Apache-2.0
#include "fold/text_lane.h"

#include <fmt/format.h>

#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "fold/text_slices.h"

namespace weir {
TextLane::TextLane(const TextLaneOptions& options, SpillFolder& folder)
    : options_(options), folder_(folder), table_(make_text_table(options.table)) {}

void TextLane::add(std::span<const TextUsage> batch) {
  while (status_ && !batch.empty()) {
    batch = batch.subspan(table_->add(batch));
    if (!batch.empty()) {
      status_ = make_room();
    }
  }
  keys_.store(keys_spilled_ + table_->keys(), std::memory_order_relaxed);
}

void TextLane::add(std::span<const Usage> batch) {
  CHECK(batch.empty());
}

void TextLane::add(std::span<const SmallUsage> batch) {
  CHECK(batch.empty());
}

// Spills the table as a run.
Result<void> TextLane::make_room() {
  if (table_->keys() == 0) {
    return Error{.kind = ErrorKind::unavailable,
                 .message = fmt::format("out of memory: a worker's part of the fold is {}; lower "
                                        "fold.memory or jobs",
                                        bytes_text(options_.table.bytes))};
  }
  const TextSlices sorted(table_->sort());
  const auto cursor = sorted.whole();
  const NewRun run{.name = fmt::format("{}-{}.run", options_.name, runs_.size()),
                   .block_bytes = options_.block_bytes};
  TRY_ASSIGN(runs_.emplace_back(), write_run(folder_, run, *cursor));
  bytes_spilled_.fetch_add(runs_.back().bytes, std::memory_order_relaxed);
  keys_spilled_ += runs_.back().entries;
  table_->clear();
  return {};
}

}  // namespace weir
