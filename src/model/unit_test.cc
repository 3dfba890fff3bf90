// SPDX-License-Identifier: Apache-2.0
#include "model/unit.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(LineCounts, CountsOfUnitsAddUpAndKeepTheirBalance) {
  LineCounts counts{.good = 3, .rejected = 2, .blank = 1};
  EXPECT_EQ(counts.lines(), 6u);
  counts += LineCounts{.good = 10, .rejected = 20, .blank = 30};
  EXPECT_EQ(counts, (LineCounts{.good = 13, .rejected = 22, .blank = 31}));
  EXPECT_EQ(counts.lines(), 66u);
}

TEST(UnitId, UnitsAreOrderedByFileThenEpochThenNumberThenShard) {
  EXPECT_LT((UnitId{.file = 1, .epoch = 9, .number = 9, .shard = 9}), (UnitId{.file = 2}));
  EXPECT_LT((UnitId{.file = 1, .number = 9, .shard = 9}), (UnitId{.file = 1, .epoch = 1}));
  EXPECT_LT((UnitId{.file = 1, .shard = 9}), (UnitId{.file = 1, .number = 1}));
}

}  // namespace
}  // namespace weir
