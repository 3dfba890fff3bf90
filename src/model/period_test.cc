// SPDX-License-Identifier: Apache-2.0
#include "model/period.h"

#include <gtest/gtest.h>

#include <random>

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Seconds in_may = 1'777'863'721;  // 2026-05-04T03:02:01Z

std::string start(Period period, Seconds at) {
  return utc_text(wall_of(period_start(period, at)));
}

TEST(Period, StartsAreThoseOfTheCalendar) {
  EXPECT_EQ(start(Period::file, in_may), "2026-05-04T03:02:01Z");
  EXPECT_EQ(start(Period::hour, in_may), "2026-05-04T03:00:00Z");
  EXPECT_EQ(start(Period::day, in_may), "2026-05-04T00:00:00Z");
  EXPECT_EQ(start(Period::month, in_may), "2026-05-01T00:00:00Z");
  EXPECT_EQ(start(Period::month, 951'782'400), "2000-02-01T00:00:00Z");  // the 29th of February
}

TEST(Period, TimesBeforeTheEpochRoundDownToo) {
  EXPECT_EQ(start(Period::hour, -1), "1969-12-31T23:00:00Z");
  EXPECT_EQ(start(Period::day, -1), "1969-12-31T00:00:00Z");
  EXPECT_EQ(start(Period::month, -1), "1969-12-01T00:00:00Z");
  EXPECT_EQ(seconds_of(-1), -1);
  EXPECT_EQ(seconds_of(-second), -1);
  EXPECT_EQ(seconds_of(second - 1), 0);
  EXPECT_EQ(first_second_from(1), 1);
  EXPECT_EQ(first_second_from(second), 1);
  EXPECT_EQ(first_second_from(-1), 0);
}

TEST(Period, EachHoldsItsStartAndTheCoarserHoldsTheFiner) {
  std::mt19937_64 draw(1);
  for (int i = 0; i < 10'000; ++i) {
    const Seconds at = static_cast<Seconds>(draw() % 8'000'000'000) - 2'000'000'000;
    for (const Period period : {Period::hour, Period::day, Period::month}) {
      const Seconds from = period_start(period, at);
      ASSERT_LE(from, at);
      ASSERT_EQ(period_start(period, from), from);
      ASSERT_NE(period_start(period, from - 1), from);
      ASSERT_EQ(period_start(Period::month, from), period_start(Period::month, at));
    }
  }
}

TEST(Period, NamesAreReadBack) {
  for (const Period period : {Period::file, Period::hour, Period::day, Period::month}) {
    EXPECT_EQ(period_from_name(name(period)), period);
  }
  EXPECT_EQ(period_from_name("week"), std::nullopt);
  EXPECT_EQ(wall_of(INT64_MAX), 9'223'372'036 * second);
}

}  // namespace
}  // namespace weir
