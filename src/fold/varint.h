// SPDX-License-Identifier: Apache-2.0
// Numbers in few bytes: 7 bits a byte, lowest first; the highest bit says that another follows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/int128.h"

namespace weir::varint {

inline constexpr std::size_t bytes_max_64 = 10;
inline constexpr std::size_t bytes_max_128 = 19;

// 0, -1, 1, -2… as 0, 1, 2, 3…, so that small negative numbers are short, too.
inline UInt128 zigzag(Int128 value) {
  return (static_cast<UInt128>(value) << 1) ^ static_cast<UInt128>(value >> 127);
}
inline Int128 unzigzag(UInt128 value) {
  return static_cast<Int128>((value >> 1) ^ -(value & 1));
}

template <class Number>
char* put_digits(char* at, Number value) {
  while (value >= 128) {
    *at++ = static_cast<char>(value % 128 + 128);
    value /= 128;
  }
  *at++ = static_cast<char>(value);
  return at;
}

// Returns where the number ends; it must have the room.
inline char* put(char* at, std::uint64_t value) {
  return put_digits(at, value);
}
inline char* put_wide(char* at, UInt128 value) {
  return value >> 64 == 0 ? put_digits(at, static_cast<std::uint64_t>(value))
                          : put_digits(at, value);
}

// Reads what was put. Whatever does not fit between `at` and `end`, or into the number, makes it
// fail, for good; it never reads beyond.
struct Reader {
  const char* at = nullptr;
  const char* end = nullptr;
  bool failed = false;

  std::uint64_t get() { return get_digits<std::uint64_t, 64>(); }
  UInt128 get_wide() { return get_digits<UInt128, 128>(); }
  std::string_view get_bytes(std::uint64_t count) {
    if (failed || count > static_cast<std::uint64_t>(end - at)) {
      failed = true;
      return {};
    }
    const std::string_view bytes(at, static_cast<std::size_t>(count));
    at += count;
    return bytes;
  }

 private:
  template <class Number, int bits>
  Number get_digits() {
    Number value = 0;
    for (int shift = 0; shift < bits && at != end; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at++);
      value |= static_cast<Number>(byte % 128) << shift;
      if (byte < 128) {
        return value;
      }
    }
    failed = true;
    return 0;
  }
};

}  // namespace weir::varint
