// SPDX-License-Identifier: Apache-2.0
#include "fold/memory_plan.h"

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "fold/dense_table.h"
#include "fold/limits.h"
#include "fold/scatter.h"
#include "fold/spill.h"
#include "fold/sum_table.h"

namespace weir {
namespace {

constexpr std::size_t reserve_share = 8;  // one part in so many, unless less will do

// Reading a run for a merge, or writing one: a block, and a batch of entries.
std::size_t stream_bytes(std::size_t block_bytes) {
  return run_memory_bytes(block_bytes) + limits::cursor_batch_entries * sizeof(SumEntry);
}

// A front that the second-level cache nearly holds; tables that it holds even while they grow.
constexpr std::uint64_t front_bytes_min = 4 << 10;
constexpr std::uint64_t front_bytes_max = 2 << 20;
constexpr std::uint64_t dense_ids_first_max = 1 << 20;
constexpr std::uint64_t partition_bytes = 320 << 10;
constexpr unsigned partition_bits_max = 10;
constexpr std::uint64_t partition_entries_min = 64;
constexpr std::uint64_t partition_bytes_min = 32 * sizeof(SumLine);  // so that any one can grow
constexpr std::uint64_t scatter_records_min = 64;
constexpr std::uint64_t chunk_bytes = Scatter::chunk_bytes;
static_assert(chunk_bytes == TextScatter::chunk_bytes);

// One part in so many of a fold's memory, for all lanes together.
constexpr std::uint64_t front_share = 16;
constexpr std::uint64_t dense_first_share = 16;
constexpr std::uint64_t dense_max_share = 2;
constexpr std::uint64_t long_first_share = 16;
constexpr std::uint64_t long_quarters_max = 3;  // of the tables' memory
constexpr std::uint64_t scatter_share = 8;      // at least: the rest of the memory may be used, too

unsigned bits_of(std::uint64_t number) {
  return static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(number, 1)) - 1);
}

std::uint64_t dense_ids(std::uint64_t bytes) {
  return bytes / DenseTable::bytes_of(64) * 64;
}

// Of entries, a quarter each may be in arrays, fronts and scatters (or tables of long keys), and in
// tables that are shared.
std::uint64_t entries_of_lane(std::uint64_t entries_max, std::uint64_t lanes) {
  return entries_max == 0 ? UINT64_MAX : std::max<std::uint64_t>(entries_max / 4 / lanes, 1);
}

unsigned bits_that_fit(std::uint64_t bytes, std::uint64_t entries, std::uint64_t scatter_bytes) {
  return std::min({bits_of(bytes / partition_bytes), partition_bits_max,
                   bits_of(scatter_bytes / chunk_bytes / 2),
                   bits_of(entries / partition_entries_min)});
}

// What a lane's scatter takes before it has taken anything from the budget.
template <class Line>
std::uint64_t scatter_bytes_first(const SharingPlan& plan) {
  using Scatter = ScatterOf<typename Line::Record>;
  const std::uint64_t heaps = std::uint64_t{1} << plan.partition_bits;
  const std::uint64_t staged = heaps * Scatter::group_records * sizeof(typename Line::Record);
  const std::uint64_t chunks = std::min(heaps + plan.scatter_records / Scatter::chunk_records + 1,
                                        (heaps / Scatter::slab_chunks + 1) * Scatter::slab_chunks);
  return staged + chunks * Scatter::chunk_bytes;
}

// All but the tables, for which there is what others leave.
template <class Line>
SharingPlan plan_sharing(std::uint64_t bytes, std::uint64_t lanes, std::uint64_t entries_max) {
  using Scatter = ScatterOf<typename Line::Record>;
  const std::uint64_t scatter_bytes = bytes / scatter_share / lanes;
  SharingPlan plan;
  plan.partition_bits =
      bits_that_fit(bytes, entries_max == 0 ? UINT64_MAX : entries_max, scatter_bytes);
  plan.front_bytes = std::clamp(bytes / front_share / lanes, front_bytes_min, front_bytes_max);
  plan.front_entries = entries_of_lane(entries_max, lanes);
  const bool roomy = scatter_bytes >= 2 * Scatter::slab_bytes;  // then the budget decides
  plan.scatter_records = std::min<std::uint64_t>(
      roomy ? UINT64_MAX
            : std::max(scatter_bytes / 2 / sizeof(typename Line::Record), scatter_records_min),
      plan.front_entries);
  plan.table_entries = entries_max == 0 ? 0 : std::max<std::uint64_t>(entries_max / 4, 1);
  return plan;
}

std::uint64_t table_bytes(std::uint64_t bytes, std::uint64_t used, const SharingPlan& plan) {
  return std::max(bytes - std::min(bytes, used), partition_bytes_min << plan.partition_bits);
}

IdPlan plan_ids(std::uint64_t bytes, int lanes, std::uint64_t entries_max) {
  const auto count = static_cast<std::uint64_t>(lanes);
  IdPlan plan{.others = plan_sharing<SumLine>(bytes, count, entries_max)};
  plan.dense_ids_max = std::min(dense_ids(bytes / dense_max_share / count),
                                entries_max == 0 ? UINT64_MAX : plan.others.front_entries - 1);
  plan.dense_ids_first = std::min(
      {dense_ids(bytes / dense_first_share / count), dense_ids_first_max, plan.dense_ids_max});
  plan.others.table_bytes = table_bytes(bytes, bytes_of(plan, lanes), plan.others);
  return plan;
}

TextPlan plan_texts(std::uint64_t bytes, int lanes, std::uint64_t entries_max) {
  const auto count = static_cast<std::uint64_t>(lanes);
  TextPlan plan{.words = plan_sharing<TextLine>(bytes, count, entries_max)};
  plan.long_bytes_first =
      std::max<std::size_t>(bytes / long_first_share / count, limits::lane_bytes_min);
  plan.long_entries = entries_of_lane(entries_max, count);
  plan.words.table_bytes = table_bytes(bytes, bytes_of(plan, lanes), plan.words);
  const std::uint64_t spare =
      plan.words.table_bytes - (partition_bytes_min << plan.words.partition_bits);
  plan.long_bytes_max = plan.long_bytes_first + spare / 4 * long_quarters_max / count;
  return plan;
}

}  // namespace

std::uint64_t bytes_of(const IdPlan& plan, int lanes) {
  const std::uint64_t lane = DenseTable::bytes_of(plan.dense_ids_first) +
                             DenseTable::high_bytes_of(plan.dense_ids_first) +
                             plan.others.front_bytes + scatter_bytes_first<SumLine>(plan.others);
  return lane * static_cast<std::uint64_t>(lanes) + plan.others.table_bytes;
}

std::uint64_t bytes_of(const TextPlan& plan, int lanes) {
  const std::uint64_t lane =
      plan.words.front_bytes + scatter_bytes_first<TextLine>(plan.words) + plan.long_bytes_first;
  return lane * static_cast<std::uint64_t>(lanes) + plan.words.table_bytes;
}

MemoryPlan plan_memory(const FoldOptions& options) {
  CHECK(options.lanes > 0);
  const auto lanes = static_cast<std::size_t>(options.lanes);
  const std::size_t share = options.memory_bytes / reserve_share;
  MemoryPlan plan;
  plan.block_bytes = std::clamp(std::bit_floor(share / limits::merge_fan_in_max),
                                limits::spill_block_bytes_min, limits::spill_block_bytes_max);
  const std::size_t stream = stream_bytes(plan.block_bytes);
  const std::size_t streams =  // a merge reads many and writes one; each lane writes one
      std::max(lanes, std::min(share / stream, limits::merge_fan_in_max + 1));
  plan.reserve_bytes = streams * stream;
  plan.merge_fan_in = std::clamp(streams - 1, limits::merge_fan_in_min, limits::merge_fan_in_max);
  const std::size_t left =
      options.memory_bytes - std::min<std::uint64_t>(options.memory_bytes, plan.reserve_bytes);
  plan.ids = plan_ids(left, options.lanes, options.entries_max);
  plan.texts = plan_texts(left, options.lanes, options.entries_max);
  return plan;
}

}  // namespace weir
