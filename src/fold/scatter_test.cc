// SPDX-License-Identifier: Apache-2.0
#include "fold/scatter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace weir {
namespace {

std::vector<std::uint64_t> ids_of(const Scatter& scatter, std::size_t heap) {
  std::vector<std::uint64_t> ids;
  scatter.each(heap, [&](std::span<const Dealt> records) {
    for (const Dealt& record : records) {
      EXPECT_EQ(record.part, static_cast<std::uint32_t>(record.tagged_id * 7));
      ids.push_back(record.tagged_id);
    }
  });
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(Scatter, EveryRecordIsInItsHeapHoweverManyThereAre) {
  constexpr std::size_t heaps = 3;
  Scatter scatter(heaps);
  const auto random = seeded_random(1);
  for (int round = 0; round < 2; ++round) {
    std::vector<std::vector<std::uint64_t>> expected(heaps);
    for (std::uint64_t id = 0; id < 400'000; ++id) {  // more than one slab of chunks
      while (!scatter.room_for(1)) {
        ASSERT_TRUE(scatter.add_slab());
      }
      const std::size_t heap = std::min<std::size_t>(random->next() % 50, heaps - 1);
      scatter.add(heap, {id, static_cast<std::uint32_t>(id * 7)});
      expected[heap].push_back(id);
    }
    EXPECT_GE(scatter.slabs(), 2u);
    for (std::size_t heap = 0; heap < heaps; ++heap) {
      EXPECT_EQ(ids_of(scatter, heap), expected[heap]);
    }
    scatter.clear(0);
    EXPECT_EQ(scatter.slabs(), 0u);
    EXPECT_TRUE(ids_of(scatter, 1).empty());
  }
}

TEST(Dealt, AnyAmountIsTheSumOfItsTwoParts) {
  for (const std::int64_t amount :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{UINT32_MAX},
        std::int64_t{1} << 32, -(std::int64_t{1} << 32), INT64_MAX, INT64_MIN}) {
    const Dealt low = Dealt::low(INT64_MAX, amount);
    const Dealt high = Dealt::high(INT64_MAX, amount);
    EXPECT_EQ(low.consumer(), static_cast<std::uint64_t>(INT64_MAX));
    EXPECT_EQ(high.consumer(), static_cast<std::uint64_t>(INT64_MAX));
    EXPECT_EQ(low.amount() + high.amount(), amount);
    EXPECT_GE(low.amount(), 0);
    EXPECT_LE(low.amount(), std::int64_t{UINT32_MAX});
  }
}

TEST(Scatter, RoomThatItSaysItHasIsThereHoweverRecordsFall) {
  constexpr std::size_t heaps = 100;
  for (const std::size_t stride : {1, 7, 100}) {  // to all heaps in turn, or to one
    Scatter scatter(heaps);
    std::uint64_t added = 0;
    ASSERT_TRUE(scatter.add_slab());
    for (; scatter.room_for(64); added += 64) {
      for (std::uint64_t i = 0; i < 64; ++i) {
        scatter.add((added + i) * stride % heaps, {added + i, 0});
      }
    }
    EXPECT_EQ(scatter.slabs(), 1u);
    EXPECT_GT(added * sizeof(Dealt), Scatter::slab_bytes / 3 * 2);
  }
}

}  // namespace
}  // namespace weir
