// SPDX-License-Identifier: Apache-2.0
#include "fold/text_key.h"

#include "fold/uuid_key.h"

namespace weir {
namespace {

using uuid::Bytes;
using uuid::Words;

// 16 values below 16 as digits.
[[gnu::always_inline]] inline Words text_of_values(Bytes values) {
  return reinterpret_cast<Words>(values + '0' + (reinterpret_cast<Bytes>(values > 9) & 39));
}

[[gnu::always_inline]] inline void store(char* to, std::uint64_t word, std::size_t bytes) {
  std::memcpy(to, &word, bytes);
}

std::string_view uuid_text(const TextKey& key, TextRoom& into) {
  const auto bytes =
      reinterpret_cast<Bytes>(Words{__builtin_bswap64(key.first), __builtin_bswap64(key.second)});
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
  return uuid_key_inline(text);
}

std::string_view text_of(const TextKey& key, TextRoom& into) {
  if (key.kind() == text_kind::uuid) {
    return uuid_text(key, into);
  }
  char* to = into.data();
  for (const std::uint64_t word : {key.first, key.second, key.third}) {
    store(to, __builtin_bswap64(word), sizeof word);
    to += sizeof word;
  }
  return {into.data(), key.kind()};
}

}  // namespace weir
