// SPDX-License-Identifier: Apache-2.0
#include "model/period.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/check.h"

namespace weir {
namespace {

constexpr Nanoseconds nanoseconds_per_second = 1'000'000'000;
constexpr std::array all_periods = {Period::file, Period::hour, Period::day, Period::month};

Seconds month_start(Seconds at) {
  using namespace std::chrono;
  const auto day = floor<days>(sys_seconds(seconds(at)));
  const year_month_day date(day);
  return sys_seconds(sys_days(date.year() / date.month() / 1)).time_since_epoch().count();
}

}  // namespace

std::string_view name(Period period) {
  switch (period) {
    case Period::file:
      return "file";
    case Period::hour:
      return "hour";
    case Period::day:
      return "day";
    case Period::month:
      return "month";
  }
  CHECK(false);
}

std::optional<Period> period_from_name(std::string_view text) {
  for (const Period period : all_periods) {
    if (name(period) == text) {
      return period;
    }
  }
  return std::nullopt;
}

Seconds seconds_of(Nanoseconds wall) {
  return wall / nanoseconds_per_second - (wall % nanoseconds_per_second < 0 ? 1 : 0);
}

Seconds first_second_from(Nanoseconds wall) {
  return seconds_of(wall) + (wall % nanoseconds_per_second != 0 ? 1 : 0);
}

Nanoseconds wall_of(Seconds at) {
  constexpr Seconds last = INT64_MAX / nanoseconds_per_second;
  return std::clamp(at, -last, last) * nanoseconds_per_second;
}

Seconds period_start(Period period, Seconds at) {
  using namespace std::chrono;
  const sys_seconds moment{seconds(at)};
  switch (period) {
    case Period::file:
      return at;
    case Period::hour:
      return floor<hours>(moment).time_since_epoch() / seconds(1);
    case Period::day:
      return floor<days>(moment).time_since_epoch() / seconds(1);
    case Period::month:
      return month_start(at);
  }
  CHECK(false);
}

}  // namespace weir
