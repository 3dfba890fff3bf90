// SPDX-License-Identifier: Apache-2.0
#include "base/int128.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace weir {
namespace {

constexpr Int128 largest = static_cast<Int128>(~UInt128(0) >> 1);
constexpr Int128 smallest = -largest - 1;

Int128 from_halves(std::uint64_t high, std::uint64_t low) {
  return static_cast<Int128>(UInt128(high) << 64 | low);
}

TEST(Int128, DecimalTextReadsBackAsItself) {
  EXPECT_TRUE(rc::check([](std::uint64_t high, std::uint64_t low) {
    const Int128 value = from_halves(high, low);
    RC_ASSERT(int128_from_text(to_text(value)) == value);
  }));
}

TEST(Int128, HexTextReadsBackAsItself) {
  EXPECT_TRUE(rc::check([](std::uint64_t high, std::uint64_t low) {
    const auto value = static_cast<UInt128>(from_halves(high, low));
    RC_ASSERT(to_hex(value).size() == 32u);
    RC_ASSERT(uint128_from_hex(to_hex(value)) == value);
  }));
}

TEST(Int128, TheEdgesAreWrittenAndReadExactly) {
  EXPECT_EQ(to_text(0), "0");
  EXPECT_EQ(to_text(largest), "170141183460469231731687303715884105727");
  EXPECT_EQ(to_text(smallest), "-170141183460469231731687303715884105728");
  EXPECT_TRUE(int128_from_text("170141183460469231731687303715884105727") == largest);
  EXPECT_TRUE(int128_from_text("-170141183460469231731687303715884105728") == smallest);
  EXPECT_EQ(to_hex(255), "000000000000000000000000000000ff");
}

TEST(Int128, WhatDoesNotFitOrIsNoNumberIsRefused) {
  for (const char* text :
       {"", "-", "+1", " 1", "1 ", "1.0", "0x1", "--1", "170141183460469231731687303715884105728",
        "-170141183460469231731687303715884105729"}) {
    EXPECT_FALSE(int128_from_text(text)) << text;
  }
  for (const char* text :
       {"", "ff", "000000000000000000000000000000fF", "0000000000000000000000000000000ff"}) {
    EXPECT_FALSE(uint128_from_hex(text)) << text;
  }
}

TEST(Int128, ItIsKnownWhatFitsIn64Bits) {
  EXPECT_TRUE(fits_int64(INT64_MAX));
  EXPECT_TRUE(fits_int64(INT64_MIN));
  EXPECT_FALSE(fits_int64(Int128{INT64_MAX} + 1));
  EXPECT_FALSE(fits_int64(Int128{INT64_MIN} - 1));
}

}  // namespace
}  // namespace weir
