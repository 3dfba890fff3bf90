// SPDX-License-Identifier: Apache-2.0
// Reads UUIDs 16 bytes at a time, in vectors that every processor has: to look at one byte after
// another took four times as long.
#pragma once

#include <cstdint>
#include <cstring>

#include "fold/text_key.h"

namespace weir {
namespace uuid {

using Bytes [[gnu::vector_size(16)]] = unsigned char;
using Pairs [[gnu::vector_size(16)]] = std::uint16_t;
using Words [[gnu::vector_size(16)]] = std::uint64_t;

// Where the digits of a UUID lie: 01234567-8901-2345-6789-012345678901.
constexpr std::uint64_t dash_places = 0x0000ff00000000ff;  // of 8 bytes from the 1st or 3rd dash
constexpr std::uint64_t dashes = 0x00002d000000002d;

template <class Word>
[[gnu::always_inline]] inline std::uint64_t load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

[[gnu::always_inline]] inline Bytes digits_below(const char* text) {  // the first 16
  return reinterpret_cast<Bytes>(
      Words{load<std::uint64_t>(text),
            load<std::uint32_t>(text + 9) | load<std::uint32_t>(text + 14) << 32});
}
[[gnu::always_inline]] inline Bytes digits_above(const char* text) {  // the other 16
  return reinterpret_cast<Bytes>(
      Words{load<std::uint32_t>(text + 19) | load<std::uint32_t>(text + 24) << 32,
            load<std::uint64_t>(text + 28)});
}

[[gnu::always_inline]] inline Bytes is_letter(Bytes text) {
  return reinterpret_cast<Bytes>(text - 'a' < 6);
}
[[gnu::always_inline]] inline Bytes is_digit(Bytes text) {
  return reinterpret_cast<Bytes>(text - '0' < 10);
}

// The values of 16 digits, two in each pair of bytes.
[[gnu::always_inline]] inline Bytes values_of(Bytes text) {
  const auto pairs = reinterpret_cast<Pairs>((text & 0x0f) + (is_letter(text) & 9));
  return reinterpret_cast<Bytes>((pairs << 4 | pairs >> 8) & 0xff);
}

}  // namespace uuid

// As uuid_key, for loops that meet many: a key that a call returns in memory would be waited for.
[[gnu::always_inline]] inline TextKey uuid_key_inline(const char* text) {
  using namespace uuid;
  const Bytes first = digits_below(text);
  const Bytes second = digits_above(text);
  const Bytes good = (is_letter(first) | is_digit(first)) & (is_letter(second) | is_digit(second));
  const auto all = reinterpret_cast<Words>(good);
  const std::uint64_t wrong = ((load<std::uint64_t>(text + 8) & dash_places) ^ dashes) |
                              ((load<std::uint64_t>(text + 18) & dash_places) ^ dashes) |
                              ~(all[0] & all[1]);
  if (wrong != 0) {
    return {.third = text_kind::elsewhere};
  }
  const auto value = reinterpret_cast<Words>(
      __builtin_shufflevector(values_of(first), values_of(second), 0, 2, 4, 6, 8, 10, 12, 14, 16,
                              18, 20, 22, 24, 26, 28, 30));
  return {__builtin_bswap64(value[0]), __builtin_bswap64(value[1]), text_kind::uuid};
}

}  // namespace weir
