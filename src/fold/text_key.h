// SPDX-License-Identifier: Apache-2.0
// A text key as a table holds it: in two words where it fits into them, so that nothing else need
// be looked at to find, compare or sort it.
//
//   up to 16 bytes     customer-000071    | "customer" | "-000071." |  its kind is its length
//   UUID, lower case   a23826d3-cc84-…    | 32 hexadecimal digits   |
//   any other          its hash, and where its bytes lie; that is the table's affair
//
// The first byte is uppermost, and zeros fill up: words compare as bytes do, and among keys that
// differ in such zeros alone the shorter comes first. UUIDs ascend as their numbers do, since '0'
// to '9' come before 'a' to 'f', and the dashes are at the same places in all of them.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir {

struct TextKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint64_t kind = 0;  // see text_kind
  bool operator==(const TextKey&) const = default;
};

namespace text_kind {
inline constexpr std::uint64_t longest = 16;  // 1 to 16: as many bytes, in the words
inline constexpr std::uint64_t uuid = 17;
inline constexpr std::uint64_t elsewhere = 18;  // the words do not hold it
}  // namespace text_kind

inline constexpr std::size_t uuid_bytes = 36;

namespace words {

static_assert(std::endian::native == std::endian::little);

// Of 4 or 8 bytes, the first one uppermost.
template <class Word>
[[gnu::always_inline]] inline Word at(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return sizeof word == 8 ? static_cast<Word>(__builtin_bswap64(word))
                          : static_cast<Word>(__builtin_bswap32(static_cast<std::uint32_t>(word)));
}

// Of up to 8 bytes, the first one uppermost, zeros below. Reads nothing else.
[[gnu::always_inline]] inline std::uint64_t of_few(const char* from, std::size_t bytes) {
  if (bytes >= 4) {  // two halves, which may overlap
    const std::uint64_t last = at<std::uint32_t>(from + bytes - 4);
    return std::uint64_t{at<std::uint32_t>(from)} << 32 | (last << 8 * (8 - bytes) & 0xffffffff);
  }
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(from[i])} << (56 - 8 * i);
  }
  return word;
}

}  // namespace words

// Of 36 bytes; of kind `elsewhere` where they are no UUID in lower case.
TextKey uuid_key(const char* text);

[[gnu::always_inline]] inline TextKey text_key(std::string_view text) {
  const char* const from = text.data();
  if (text.size() >= 8 && text.size() <= text_kind::longest) {
    const auto last = words::at<std::uint64_t>(from + text.size() - 8);
    const auto gap = 4 * (text_kind::longest - text.size());  // twice, as it may be 64 bits
    return {words::at<std::uint64_t>(from), last << gap << gap, text.size()};
  }
  if (text.size() == uuid_bytes) {
    return uuid_key(from);
  }
  if (text.size() < 8) {
    return {words::of_few(from, text.size()), 0, text.size()};
  }
  return {.kind = text_kind::elsewhere};
}

// The text of a key whose words hold it; lives as long as `into`.
using TextRoom = std::array<char, uuid_bytes>;
std::string_view text_of(const TextKey& key, TextRoom& into);

}  // namespace weir
