// SPDX-License-Identifier: Apache-2.0
#include "flow/release_pace.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr Nanoseconds ms = 1'000'000;

TEST(ReleasePace, LookingInVainTakesAHundredthOfTheTimeAtMost) {
  EXPECT_EQ(release_rest(2 * ms, 0), 200 * ms);
  EXPECT_EQ(release_rest(0, 0), 0);
}

TEST(ReleasePace, WhatIsDueWaitsNoLongerThanAMinute) {
  EXPECT_EQ(release_rest(5000 * ms, 0), 60'000 * ms);
}

TEST(ReleasePace, WhereSomeWereFoundItGoesOn) {
  EXPECT_EQ(release_rest(5000 * ms, 1), 0);
}

}  // namespace
}  // namespace weir
