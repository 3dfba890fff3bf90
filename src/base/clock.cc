// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

#include "base/check.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

// Since the whole second before.
Nanoseconds fraction_of(Nanoseconds wall) {
  return wall % second + (wall % second < 0 ? second : 0);
}

class SystemClock final : public Clock {
 public:
  Nanoseconds wall() override { return since_epoch(std::chrono::system_clock::now()); }
  Nanoseconds monotonic() override { return since_epoch(std::chrono::steady_clock::now()); }

 private:
  static Nanoseconds since_epoch(auto now) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;  // holds nothing
  return clock;
}

std::string utc_text(Nanoseconds wall) {
  const std::time_t seconds = wall / second - (wall % second < 0 ? 1 : 0);  // rounded down
  std::tm parts = {};
  CHECK(gmtime_r(&seconds, &parts) != nullptr);  // 64 bits of nanoseconds: the years 1677 to 2262
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string utc_milliseconds_text(Nanoseconds wall) {
  std::string text = utc_text(wall);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, fraction_of(wall) / 1'000'000);
}

}  // namespace weir
