// SPDX-License-Identifier: Apache-2.0
// UUIDs are read and written 16 bytes at a time, in vectors that every processor has: to look at
// one byte after another took four times as long.
#include "fold/text_key.h"

namespace weir {
namespace {

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

// 16 values below 16 as digits.
[[gnu::always_inline]] inline Words text_of_values(Bytes values) {
  return reinterpret_cast<Words>(values + '0' + (reinterpret_cast<Bytes>(values > 9) & 39));
}

[[gnu::always_inline]] inline void store(char* to, std::uint64_t word, std::size_t bytes) {
  std::memcpy(to, &word, bytes);
}

std::string_view uuid_text(const TextKey& key, TextRoom& into) {
  const auto bytes =
      reinterpret_cast<Bytes>(Words{__builtin_bswap64(key.high), __builtin_bswap64(key.low)});
  const Bytes high = bytes >> 4;
  const Bytes low = bytes & 0x0f;
  const Words first = text_of_values(
      __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  const Words second = text_of_values(__builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11,
                                                              27, 12, 28, 13, 29, 14, 30, 15, 31));
  char* const to = into.data();
  to[8] = to[13] = to[18] = to[23] = '-';
  store(to, first[0], 8);
  store(to + 9, first[1], 4);
  store(to + 14, first[1] >> 32, 4);
  store(to + 19, second[0], 4);
  store(to + 24, second[0] >> 32, 4);
  store(to + 28, second[1], 8);
  return {to, uuid_bytes};
}

}  // namespace

TextKey uuid_key(const char* text) {
  const Bytes first = digits_below(text);
  const Bytes second = digits_above(text);
  const Bytes good = (is_letter(first) | is_digit(first)) & (is_letter(second) | is_digit(second));
  const auto all = reinterpret_cast<Words>(good);
  const std::uint64_t wrong = ((load<std::uint64_t>(text + 8) & dash_places) ^ dashes) |
                              ((load<std::uint64_t>(text + 18) & dash_places) ^ dashes) |
                              ~(all[0] & all[1]);
  if (wrong != 0) {
    return {.kind = text_kind::elsewhere};
  }
  const auto value = reinterpret_cast<Words>(
      __builtin_shufflevector(values_of(first), values_of(second), 0, 2, 4, 6, 8, 10, 12, 14, 16,
                              18, 20, 22, 24, 26, 28, 30));
  return {__builtin_bswap64(value[0]), __builtin_bswap64(value[1]), text_kind::uuid};
}

std::string_view text_of(const TextKey& key, TextRoom& into) {
  if (key.kind == text_kind::uuid) {
    return uuid_text(key, into);
  }
  const std::uint64_t high = __builtin_bswap64(key.high);
  const std::uint64_t low = __builtin_bswap64(key.low);
  store(into.data(), high, sizeof high);
  store(into.data() + sizeof high, low, sizeof low);
  return {into.data(), key.kind};
}

}  // namespace weir
