// SPDX-License-Identifier: Apache-2.0
// 128-bit integers: sums of usage are exact through them. 2^63 lines of 2^63-1 still fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

std::string to_text(Int128 value);  // decimal, with a minus sign where negative
std::string to_hex(UInt128 value);  // 32 lower-case hexadecimal digits
std::optional<Int128> int128_from_text(std::string_view decimal);  // nothing else than [-]digits
std::optional<UInt128> uint128_from_hex(std::string_view hex);     // exactly 32 digits

inline bool fits_int64(Int128 value) {
  return value >= INT64_MIN && value <= INT64_MAX;
}

}  // namespace weir
