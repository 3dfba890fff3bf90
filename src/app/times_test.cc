// SPDX-License-Identifier: Apache-2.0
#include "app/times.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds may_4 = 1'777'852'800 * second;

TEST(Times, DaysAndSecondsAreThoseOfUtc) {
  EXPECT_EQ(moment_from_text("2026-05-04", 0), may_4);
  EXPECT_EQ(moment_from_text("2026-05-04T03:02:01Z", 0), may_4 + 10'921 * second);
  EXPECT_EQ(moment_from_text("1970-01-01", 7), 0);
  EXPECT_EQ(moment_from_text("2024-02-29", 0), 1'709'164'800 * second);
  EXPECT_EQ(moment_from_text("1969-12-31T23:59:59Z", 0), -second);
}

TEST(Times, AgesAreBeforeNow) {
  EXPECT_EQ(moment_from_text("24h", may_4), may_4 - 86'400 * second);
  EXPECT_EQ(moment_from_text("7d", may_4), may_4 - 7 * 86'400 * second);
  EXPECT_EQ(moment_from_text("0s", may_4), may_4);
}

TEST(Times, WhatIsNoMomentIsNone) {
  for (const char* const text : {"",
                                 "2026",
                                 "20260504",
                                 "2026-5-4",
                                 "2026-02-30",
                                 "2026-13-01",
                                 "2026-00-01",
                                 "2026-01-00",
                                 "2023-02-29",
                                 "2026-05-04T24:00:00Z",
                                 "2026-05-04T00:60:00Z",
                                 "2026-05-04T00:00:60Z",
                                 "2026-05-04T03:00:00",
                                 "2026-05-04 03:00:00Z",
                                 "2026-05-04T03:00Z",
                                 "0000-01-01",
                                 "9999-01-01",
                                 "yesterday",
                                 "7",
                                 "7 weeks",
                                 "-7d",
                                 "99999999999d",
                                 "2026-05-04Z"}) {
    EXPECT_EQ(moment_from_text(text, 0), std::nullopt) << text;
  }
}

TEST(Times, AreToldFromUrlsByTheirFirstLetter) {
  EXPECT_TRUE(looks_like_moment("2026-05-04"));
  EXPECT_TRUE(looks_like_moment("7 weeks"));
  EXPECT_FALSE(looks_like_moment("sqlite:7d.db"));
  EXPECT_FALSE(looks_like_moment(""));
}

}  // namespace
}  // namespace weir
