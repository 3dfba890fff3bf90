// SPDX-License-Identifier: Apache-2.0
// Eight digits at a time in an ordinary register.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace weir {

using Word = std::uint64_t;  // eight bytes, the first of them lowest

constexpr Word each_byte(unsigned char byte) {
  return 0x0101010101010101 * Word{byte};
}

[[gnu::always_inline]] inline Word load_word(const char* at) {
  Word word = 0;
  std::memcpy(&word, at, sizeof(word));
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

// A digit becomes its value, anything else a byte over 9.
[[gnu::always_inline]] inline Word digits_at(const char* at) {
  return load_word(at) ^ each_byte('0');
}

// The top bit of each byte over 9, exact for the lowest of them: a carry only ever reaches bytes
// above it.
[[gnu::always_inline]] inline Word marks_over_nine(Word digits) {
  return ((digits + each_byte(0x80 - 10)) | digits) & each_byte(0x80);
}

// Eight digits: pairs, then fours, then all. Shape and constants: Lemire, "Quickly parsing eight
// digits" (2018).
[[gnu::always_inline]] inline std::uint64_t value_of(Word digits) {
  digits = digits * 10 + (digits >> 8);
  const Word low = (digits & 0x000000ff000000ff) * (100 + (Word{1'000'000} << 32));
  const Word high = (digits >> 16 & 0x000000ff000000ff) * (1 + (Word{10'000} << 32));
  return (low + high) >> 32;
}

}  // namespace weir
