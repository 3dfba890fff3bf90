// SPDX-License-Identifier: Apache-2.0
#include "flow/scan_pace.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

TEST(ScanPace, LookingTakesAtMostAHundredthOfTheTime) {
  ScanPace pace(10 * second);
  EXPECT_EQ(pace.after({.found_files = true, .took = second / 10}), 10 * second);
  EXPECT_EQ(pace.after({.found_files = true, .hears_all = true, .took = 3 * second}), 300 * second);
}

TEST(ScanPace, FilesThatNothingTellsOfMakeItLookSooner) {
  ScanPace pace(10 * second);
  EXPECT_EQ(pace.after({.found_files = true}), 5 * second);
  EXPECT_EQ(pace.after({.found_files = true}), 5 * second / 2);
  for (int scans = 0; scans < 10; ++scans) {
    EXPECT_GE(pace.after({.found_files = true}), second);
  }
  EXPECT_EQ(pace.after({}), 10 * second);
}

TEST(ScanPace, WhereTheSystemTellsOfAllItLooksLessOften) {
  ScanPace pace(10 * second);
  EXPECT_EQ(pace.after({.hears_all = true}), 15 * second);
  for (int scans = 0; scans < 20; ++scans) {
    EXPECT_LE(pace.after({.hears_all = true}), 60 * second);
  }
  EXPECT_EQ(pace.after({.found_files = true, .hears_all = true}), 10 * second);
}

TEST(ScanPace, AWishForLessThanASecondIsHeeded) {
  ScanPace pace(second / 10);
  EXPECT_EQ(pace.after({.found_files = true}), second / 10);
}

}  // namespace
}  // namespace weir
