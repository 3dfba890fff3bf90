// SPDX-License-Identifier: Apache-2.0
#include "fold/memory_plan.h"

#include <algorithm>
#include <bit>
#include <limits>

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

// One part in so many of a fold's memory, for all lanes together.
constexpr std::uint64_t front_share = 16;
constexpr std::uint64_t dense_first_share = 16;
constexpr std::uint64_t dense_max_share = 2;
constexpr std::uint64_t scatter_share = 8;  // at least: the rest of the memory may be used, too

unsigned bits_of(std::uint64_t number) {
  return static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(number, 1)) - 1);
}

std::uint64_t dense_ids(std::uint64_t bytes) {
  return bytes / DenseTable::bytes_of(64) * 64;
}

// What a lane's scatter takes before it has taken anything from the budget.
std::uint64_t scatter_bytes_first(const IdPlan& plan) {
  const std::uint64_t heaps = std::uint64_t{1} << plan.partition_bits;
  const std::uint64_t staged = heaps * Scatter::group_records * sizeof(Dealt);
  const std::uint64_t chunks = std::min(heaps + plan.scatter_records / Scatter::chunk_records + 1,
                                        (heaps / Scatter::slab_chunks + 1) * Scatter::slab_chunks);
  return staged + chunks * Scatter::chunk_bytes;
}

IdPlan plan_ids(std::uint64_t bytes, std::uint64_t lanes, std::uint64_t entries_max) {
  // Of entries, a quarter each may be in arrays, fronts and scatters, and in tables.
  const std::uint64_t entries = entries_max == 0 ? UINT64_MAX : entries_max;
  const std::uint64_t of_lane = std::max<std::uint64_t>(entries / 4 / lanes, 1);
  const std::uint64_t scatter_bytes = bytes / scatter_share / lanes;
  IdPlan plan;
  plan.partition_bits = std::min({bits_of(bytes / partition_bytes), partition_bits_max,
                                  bits_of(scatter_bytes / Scatter::chunk_bytes / 2),
                                  bits_of(entries / partition_entries_min)});
  plan.dense_ids_max = std::min(dense_ids(bytes / dense_max_share / lanes),
                                entries_max == 0 ? entries : of_lane - 1);
  plan.dense_ids_first = std::min(
      {dense_ids(bytes / dense_first_share / lanes), dense_ids_first_max, plan.dense_ids_max});
  plan.front_bytes = std::clamp(bytes / front_share / lanes, front_bytes_min, front_bytes_max);
  plan.front_entries = of_lane;
  const bool roomy = scatter_bytes >= 2 * Scatter::slab_bytes;  // then the budget decides
  plan.scatter_records = std::min<std::uint64_t>(
      roomy ? UINT64_MAX : std::max(scatter_bytes / 2 / sizeof(Dealt), scatter_records_min),
      of_lane);
  plan.table_entries = entries_max == 0 ? 0 : std::max<std::uint64_t>(entries_max / 4, 1);
  const std::uint64_t used = bytes_of(plan, static_cast<int>(lanes));
  plan.table_bytes =
      std::max(bytes - std::min(bytes, used), partition_bytes_min << plan.partition_bits);
  return plan;
}

}  // namespace

std::uint64_t bytes_of(const IdPlan& plan, int lanes) {
  const std::uint64_t lane = DenseTable::bytes_of(plan.dense_ids_first) +
                             DenseTable::high_bytes_of(plan.dense_ids_first) + plan.front_bytes +
                             scatter_bytes_first(plan);
  return lane * static_cast<std::uint64_t>(lanes) + plan.table_bytes;
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
  plan.lane_bytes = std::max(left / lanes, limits::lane_bytes_min);
  plan.ids = plan_ids(left, lanes, options.entries_max);
  plan.lane_entries = options.entries_max == 0
                          ? std::numeric_limits<std::uint64_t>::max()
                          : std::max<std::uint64_t>(options.entries_max / lanes, 1);
  return plan;
}

}  // namespace weir
