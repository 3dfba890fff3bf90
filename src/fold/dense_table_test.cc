// SPDX-License-Identifier: Apache-2.0
#include "fold/dense_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

#include "support/sums.h"

namespace weir {
namespace {

using testing::Sums;

// What the table holds, beside what it left over.
void add_held(Sums& sums, const DenseTable& table) {
  for (std::uint64_t id = 0; id < table.extent(); ++id) {
    if (table.seen(id)) {
      EXPECT_FALSE(table.stretch_is_empty(id - id % DenseTable::stretch_ids)) << id;
      sums[{.id = id, .text = {}}] += table.sum(id);
    }
  }
}

TEST(DenseTable, WhatItHoldsAndWhatItLeavesOverAreAllThereIs) {
  EXPECT_TRUE(rc::check([] {
    DenseTable table(1000, 5000);
    Sums expected;
    Sums found;
    const int batches = *rc::gen::inRange(1, 8);
    for (int i = 0; i < batches; ++i) {
      const auto ids = *rc::gen::element<std::uint32_t>(3, 1000, 1100, 99'999'999);
      const auto amounts = *rc::gen::element<std::uint32_t>(1, 2, 99'999'999, UINT32_MAX / 2);
      const auto small = *rc::gen::container<std::vector<SmallUsage>>(
          rc::gen::map(rc::gen::pair(rc::gen::inRange<std::uint32_t>(0, ids),
                                     rc::gen::inRange<std::uint32_t>(0, amounts)),
                       [](const auto& pair) { return SmallUsage{pair.first, pair.second}; }));
      std::vector<Usage> wide;
      for (const auto [id, amount] : small) {
        wide.push_back({id, amount});
      }
      testing::add(expected, wide);
      if (*rc::gen::arbitrary<bool>()) {
        wide.push_back({5, -17});
        wide.push_back({6, INT64_MAX});
        testing::add(expected, std::span(wide).last(2));
        testing::add(found, table.add(wide));
      } else {
        testing::add(found, table.add(small));
      }
      if (*rc::gen::inRange(0, 4) == 0) {
        table.extend_to_max();
      }
    }
    add_held(found, table);
    RC_ASSERT(found == expected);
  }));
}

// fault 115
TEST(DenseTable, ASumThatWrapsIsCarriedOrLeft) {
  DenseTable table(10, 2'000'000);
  table.extend_to_max();
  const std::vector<SmallUsage> batch(50, {7, 99'999'999});
  const std::vector<SmallUsage> beyond(50, {1'999'999, 99'999'999});
  std::int64_t left = 0;
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(table.add(batch).empty());
    for (const auto [id, amount] : table.add(beyond)) {
      EXPECT_EQ(id, 1'999'999u);
      EXPECT_EQ(amount, std::int64_t{1} << 32);
      left += amount;
    }
  }
  EXPECT_TRUE(table.sum(7) == 9'999'999'900);
  EXPECT_GT(left, 0);
  EXPECT_TRUE(table.sum(1'999'999) + left == 9'999'999'900);
}

// fault 115
TEST(DenseTable, AmountsOfAnySizeAndSignAddUpOrAreLeft) {
  DenseTable table(10, 10);
  Sums expected;
  Sums found;
  for (int i = 0; i < 300; ++i) {
    std::vector<Usage> batch{{3, INT64_MAX}, {4, INT64_MIN}, {5, -7}, {5, 7}, {6, UINT32_MAX}};
    testing::add(expected, batch);
    testing::add(found, table.add(batch));
  }
  add_held(found, table);
  EXPECT_EQ(found, expected);
}

TEST(DenseTable, AnAmountOfZeroIsStillAKey) {
  DenseTable table(100'000, 100'000);
  table.add(std::vector<SmallUsage>{{70'000, 0}, {3, 1}});
  EXPECT_TRUE(table.seen(70'000));
  EXPECT_TRUE(table.seen(3));
  EXPECT_FALSE(table.seen(4));
  EXPECT_EQ(table.extent(), 70'001u);
}

TEST(DenseTable, AStretchIsEmptyWhereNothingWasSeen) {
  DenseTable table(1000, 1000);
  const std::vector<SmallUsage> batch = {{40, 7}, {100, 0}};
  EXPECT_TRUE(table.add(batch).empty());
  EXPECT_TRUE(table.stretch_is_empty(16));
  EXPECT_FALSE(table.stretch_is_empty(32));
  EXPECT_FALSE(table.stretch_is_empty(96));
  EXPECT_TRUE(table.stretch_is_empty(512));
  EXPECT_TRUE(table.stretch_is_empty(2000)) << "it takes no such ids";
}

TEST(DenseTable, ItsCountOfKeysIsABoundThatComesCloserAsRecordsRepeat) {
  DenseTable table(100'000, 100'000);
  std::vector<SmallUsage> batch;
  for (std::uint32_t id = 0; id < 1000; ++id) {
    batch.push_back({id, id % 3});
  }
  for (int i = 0; i < 1000; ++i) {
    table.add(batch);
    EXPECT_GE(table.keys(), 1000u);
    EXPECT_LE(table.keys(), 1334u + (1 << 16));  // a third have both a mark and a sum
  }
}

}  // namespace
}  // namespace weir
