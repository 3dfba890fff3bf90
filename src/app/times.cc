// SPDX-License-Identifier: Apache-2.0
#include "app/times.h"

#include <chrono>

#include "app/number_from.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::string_view day_form = "dddd-dd-dd";
constexpr std::string_view second_form = "dddd-dd-ddTdd:dd:ddZ";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool has_form(std::string_view text, std::string_view form) {
  bool same = text.size() == form.size();
  for (std::size_t i = 0; same && i < form.size(); ++i) {
    same = form[i] == 'd' ? is_digit(text[i]) : text[i] == form[i];
  }
  return same;
}

int number_at(std::string_view text, std::size_t begin, std::size_t digits) {
  return number_from<int>(text.substr(begin, digits)).value_or(-1);
}

}  // namespace

std::optional<Nanoseconds> moment_from_text(std::string_view text, Nanoseconds now) {
  if (const auto age = duration_from_text(text); age && text.size() > 1 && !is_digit(text.back())) {
    Nanoseconds moment = 0;
    return __builtin_sub_overflow(now, *age, &moment) ? std::nullopt : std::optional(moment);
  }
  const bool whole = has_form(text, second_form);
  if (!whole && !has_form(text, day_form)) {
    return std::nullopt;
  }
  using namespace std::chrono;
  const year_month_day date(year(number_at(text, 0, 4)),
                            month(static_cast<unsigned>(number_at(text, 5, 2))),
                            day(static_cast<unsigned>(number_at(text, 8, 2))));
  const int hour = whole ? number_at(text, 11, 2) : 0;
  const int minute = whole ? number_at(text, 14, 2) : 0;
  const int second = whole ? number_at(text, 17, 2) : 0;
  if (!date.ok() || date.year() < year(1678) || date.year() > year(2261) || hour > 23 ||
      minute > 59 || second > 59) {
    return std::nullopt;
  }
  const auto moment =
      sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) + seconds(second);
  return duration_cast<nanoseconds>(moment).count();
}

bool looks_like_moment(std::string_view text) {
  return !text.empty() && is_digit(text.front());
}

}  // namespace weir
