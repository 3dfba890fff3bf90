// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

TEST(Clock, TextOfAMomentIsUtcWithWholeSeconds) {
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(utc_text(1'777'863'721 * second + 999'999'999), "2026-05-04T03:02:01Z");
  EXPECT_EQ(utc_text(1'709'164'800 * second), "2024-02-29T00:00:00Z");
  EXPECT_EQ(utc_text(2'147'483'648 * second), "2038-01-19T03:14:08Z");
}

TEST(Clock, TextOfAMomentMayHaveMilliseconds) {
  EXPECT_EQ(utc_milliseconds_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc_milliseconds_text(1'777'863'721 * second + 45'999'999), "2026-05-04T03:02:01.045Z");
  EXPECT_EQ(utc_milliseconds_text(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(utc_milliseconds_text(-second), "1969-12-31T23:59:59.000Z");
}

TEST(Clock, TextOfAMomentBefore1970IsRoundedDown) {
  EXPECT_EQ(utc_text(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(utc_text(-second), "1969-12-31T23:59:59Z");
  EXPECT_EQ(utc_text(INT64_MIN), "1677-09-21T00:12:43Z");
  EXPECT_EQ(utc_text(INT64_MAX), "2262-04-11T23:47:16Z");
}

// fault 56 (text of moments)
TEST(Clock, TextOfAMomentDoesNotFollowTheTimeZone) {
  const char* const before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TZ", "Asia/Kathmandu", 1);
  tzset();
  EXPECT_EQ(utc_text(0), "1970-01-01T00:00:00Z");
  before == nullptr ? unsetenv("TZ") : setenv("TZ", kept.c_str(), 1);
  tzset();
}

TEST(Clock, MonotonicTimeNeverGoesBack) {
  Clock& clock = system_clock();
  Nanoseconds before = clock.monotonic();
  for (int i = 0; i < 1000; ++i) {
    const Nanoseconds now = clock.monotonic();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(Clock, WallTimeIsThatOfTheMachine) {
  const auto low = static_cast<Nanoseconds>(std::time(nullptr)) * second;
  const Nanoseconds wall = system_clock().wall();
  EXPECT_GE(wall, low - 2 * second);
  EXPECT_LE(wall, low + 60 * second);
}

}  // namespace
}  // namespace weir
