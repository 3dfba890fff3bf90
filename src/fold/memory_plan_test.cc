// SPDX-License-Identifier: Apache-2.0
#include "fold/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fold/limits.h"
#include "fold/spill.h"

namespace weir {
namespace {

TEST(MemoryPlan, LanesAndReserveStayWithinTheMemory) {
  for (const int lanes : {1, 2, 3, 8, 64}) {
    for (std::uint64_t memory = std::max(1 << 20, lanes << 16); memory <= 1ULL << 40; memory *= 4) {
      const MemoryPlan plan = plan_memory({.lanes = lanes, .memory_bytes = memory});
      const auto count = static_cast<std::size_t>(lanes);
      const std::size_t stream = run_memory_bytes(plan.block_bytes);
      EXPECT_LE(bytes_of(plan.texts, lanes) + plan.reserve_bytes, memory);
      EXPECT_LE(bytes_of(plan.ids, lanes) + plan.reserve_bytes, memory);
      EXPECT_LE((plan.merge_fan_in + 1) * stream, plan.reserve_bytes);
      EXPECT_LE(count * stream, plan.reserve_bytes);
    }
  }
}

TEST(MemoryPlan, MostOfTheMemoryIsForTheTables) {
  const MemoryPlan plan = plan_memory({.lanes = 2, .memory_bytes = 64 << 20});
  EXPECT_GT(plan.texts.words.table_bytes, (64u << 20) / 5 * 3);
  EXPECT_GT(plan.texts.long_bytes_max * 2, (64u << 20) / 2);
  EXPECT_GT(plan.ids.others.table_bytes, (64u << 20) / 5 * 3);
  EXPECT_EQ(plan.merge_fan_in, limits::merge_fan_in_max);
  EXPECT_EQ(plan.block_bytes, limits::spill_block_bytes_max);
}

TEST(MemoryPlan, TheSmallestMemoryStillWorks) {
  const MemoryPlan plan = plan_memory({.lanes = 4, .memory_bytes = 0, .entries_max = 2});
  EXPECT_EQ(plan.texts.long_bytes_first, limits::lane_bytes_min);
  EXPECT_EQ(plan.block_bytes, limits::spill_block_bytes_min);
  EXPECT_GE(plan.merge_fan_in, limits::merge_fan_in_min);
  EXPECT_EQ(plan.texts.long_entries, 1u);
  EXPECT_EQ(plan.ids.others.front_entries, 1u);
  EXPECT_EQ(plan.ids.others.scatter_records, 1u);
  EXPECT_EQ(plan.ids.others.table_entries, 1u);
}

}  // namespace
}  // namespace weir
