// SPDX-License-Identifier: Apache-2.0
#include "fold/scatter.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace weir {
namespace {

std::vector<std::uint64_t> ids_of(const Scatter& scatter, std::size_t heap) {
  std::vector<std::uint64_t> ids;
  scatter.each(heap, [&](std::span<const Usage> records) {
    for (const Usage& usage : records) {
      EXPECT_EQ(usage.amount, static_cast<std::int64_t>(usage.consumer) - 7);
      ids.push_back(usage.consumer);
    }
  });
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST(Scatter, EveryRecordIsInItsHeapHoweverManyThereAre) {
  constexpr std::size_t heaps = 3;
  Scatter scatter(heaps);
  const auto random = seeded_random(1);
  for (int round = 0; round < 2; ++round) {  // the second one in the memory of the first
    std::vector<std::vector<std::uint64_t>> expected(heaps);
    for (std::uint64_t id = 0; id < 300'000; ++id) {  // more than one slab of chunks
      const std::size_t heap = std::min<std::size_t>(random->next() % 50, heaps - 1);
      scatter.add(heap, {id, static_cast<std::int64_t>(id) - 7});
      expected[heap].push_back(id);
      if (id % 65'537 == 0 || id < 200) {
        ASSERT_EQ(scatter.records(heap), expected[heap].size());
      }
    }
    EXPECT_FALSE(scatter.failed());
    for (std::size_t heap = 0; heap < heaps; ++heap) {
      EXPECT_EQ(ids_of(scatter, heap), expected[heap]);
      EXPECT_EQ(scatter.records(heap), expected[heap].size());
    }
    scatter.clear();
    EXPECT_EQ(scatter.records(0), 0u);
    EXPECT_TRUE(ids_of(scatter, 1).empty());
  }
}

}  // namespace
}  // namespace weir
