// SPDX-License-Identifier: Apache-2.0
#include "base/int128.h"

#include <algorithm>

namespace weir {

std::string to_text(Int128 value) {
  const bool negative = value < 0;
  UInt128 rest = negative ? UInt128(0) - static_cast<UInt128>(value) : static_cast<UInt128>(value);
  std::string digits;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  if (negative) {
    digits.push_back('-');
  }
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string to_hex(UInt128 value) {
  std::string digits(32, '0');
  for (std::size_t i = 32; i-- > 0; value >>= 4) {
    digits[i] = "0123456789abcdef"[static_cast<unsigned>(value & 15)];
  }
  return digits;
}

std::optional<Int128> int128_from_text(std::string_view decimal) {
  const bool negative = decimal.starts_with('-');
  decimal.remove_prefix(negative ? 1 : 0);
  if (decimal.empty()) {
    return std::nullopt;
  }
  Int128 value = 0;
  for (const char c : decimal) {
    const int digit = c - '0';
    if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, Int128{10}, &value) ||
        __builtin_add_overflow(value, Int128{negative ? -digit : digit}, &value)) {
      return std::nullopt;
    }
  }
  return value;
}

std::optional<UInt128> uint128_from_hex(std::string_view hex) {
  if (hex.size() != 32) {
    return std::nullopt;
  }
  UInt128 value = 0;
  for (const char c : hex) {
    const std::string_view digits = "0123456789abcdef";
    const auto digit = digits.find(c);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    value = value << 4 | digit;
  }
  return value;
}

}  // namespace weir
