// SPDX-License-Identifier: Apache-2.0
#include "fold/lane.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "fold/sum_table.h"
#include "fold/text_table.h"

namespace weir {
namespace {

std::unique_ptr<KeyTable> make_table(const LaneOptions& options) {
  return options.key == KeyKind::integer ? make_sum_table(options.table)
                                         : make_text_table(options.table);
}

}  // namespace

Lane::Lane(const LaneOptions& options, SpillFolder& folder)
    : options_(options), folder_(folder), table_(make_table(options)) {}

template <class Record>
void Lane::add_all(std::span<const Record> batch) {
  while (status_ && !batch.empty()) {
    batch = batch.subspan(table_->add(batch));
    if (!batch.empty()) {
      status_ = make_room();
    }
  }
  keys_.store(keys_spilled_ + table_->keys(), std::memory_order_relaxed);
}

// Spills the table as a run.
Result<void> Lane::make_room() {
  if (table_->keys() == 0) {
    return Error{.kind = ErrorKind::unavailable,
                 .message = fmt::format("out of memory: a worker's part of the fold is {}; lower "
                                        "fold.memory or jobs",
                                        bytes_text(options_.table.bytes))};
  }
  table_->sort();
  const NewRun run{.name = fmt::format("{}-{}.run", options_.name, runs_.size()),
                   .block_bytes = options_.block_bytes};
  TRY_ASSIGN(runs_.emplace_back(), write_run(folder_, run, *table_->cursor()));
  bytes_spilled_.fetch_add(runs_.back().bytes, std::memory_order_relaxed);
  keys_spilled_ += runs_.back().entries;
  table_->clear();
  return {};
}

void Lane::add(std::span<const Usage> batch) {
  add_all(batch);
}

void Lane::add(std::span<const SmallUsage> batch) {
  std::array<Usage, 256> wide;
  while (!batch.empty()) {
    const auto part = batch.first(std::min(wide.size(), batch.size()));
    std::transform(part.begin(), part.end(), wide.begin(),
                   [](const SmallUsage& usage) { return Usage{usage.consumer, usage.amount}; });
    add_all(std::span<const Usage>(wide).first(part.size()));
    batch = batch.subspan(part.size());
  }
}

void Lane::add(std::span<const TextUsage> batch) {
  add_all(batch);
}

}  // namespace weir
