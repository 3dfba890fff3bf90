// SPDX-License-Identifier: Apache-2.0
// A whole text as one number. A template, since four places read four kinds of number.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace weir {

// Nothing: it is no number, does not fit, or something follows.
template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failure] = std::from_chars(text.data(), last, number);
  return failure == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

}  // namespace weir
