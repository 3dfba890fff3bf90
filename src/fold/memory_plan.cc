// SPDX-License-Identifier: Apache-2.0
#include "fold/memory_plan.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"
#include "fold/limits.h"
#include "fold/spill.h"

namespace weir {
namespace {

constexpr std::size_t reserve_share = 8;  // one part in so many, unless less will do

// Reading a run for a merge, or writing one: a block, and a batch of entries.
std::size_t stream_bytes(std::size_t block_bytes) {
  return run_memory_bytes(block_bytes) + limits::cursor_batch_entries * sizeof(SumEntry);
}

}  // namespace

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
  plan.lane_entries = options.entries_max == 0
                          ? std::numeric_limits<std::uint64_t>::max()
                          : std::max<std::uint64_t>(options.entries_max / lanes, 1);
  return plan;
}

}  // namespace weir
