// SPDX-License-Identifier: Apache-2.0
#include "fold/carry_table.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(CarryTable, CarriesOfAKeyAddUpAndOthersHaveNone) {
  CarryTable carries({1, 2}, 4096);
  EXPECT_EQ(carries.of(7), 0);
  for (std::uint64_t key = 0; key < 100; ++key) {
    EXPECT_TRUE(carries.add(key, 1));
    EXPECT_TRUE(carries.add(key, key % 2 == 0 ? 1 : -1));
  }
  for (std::uint64_t key = 0; key < 100; ++key) {
    EXPECT_EQ(carries.of(key), key % 2 == 0 ? 2 : 0);
  }
  EXPECT_EQ(carries.of(100), 0);
  carries.clear();
  EXPECT_EQ(carries.of(0), 0);
}

TEST(CarryTable, ItStaysWithinItsBytesAndSaysSo) {
  CarryTable carries({1, 2}, 64 * 16);
  std::uint64_t added = 0;
  while (carries.add(added, 1)) {
    ++added;
  }
  EXPECT_EQ(added, 48u);  // three of four slots of 16 bytes
  EXPECT_EQ(carries.of(added), 0);
  EXPECT_EQ(carries.of(added - 1), 1);
  carries.clear();
  EXPECT_TRUE(carries.add(added, 1));
}

TEST(CarryTable, ASumIsItsLowerBitsAndItsCarries) {
  const Int128 wrap = Int128{1} << 64;
  EXPECT_TRUE(with_carry(INT64_MIN, 1) == wrap / 2);
  EXPECT_TRUE(with_carry(INT64_MAX, -1) == -wrap / 2 - 1);
  EXPECT_TRUE(with_carry(-1, 0) == -1);
}

}  // namespace
}  // namespace weir
