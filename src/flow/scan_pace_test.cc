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

// fault 51 (how soon it looks again)
TEST(ScanPace, WaitingForAnAnswerIsNoLooking) {
  ScanPace pace(10 * second);
  const ScanPace::Scan quiet{.hears_all = true, .took = second / 10};
  EXPECT_EQ(pace.after(quiet), 15 * second);
  const ScanPace::Scan hung{.hears_all = true, .unanswered = true, .took = 60 * second};
  EXPECT_EQ(pace.after(hung), 10 * second);
  EXPECT_EQ(pace.after({.hears_all = true, .took = second}), 100 * second);
  EXPECT_EQ(pace.after(hung), 100 * second);  // by the work that it was before
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
