// SPDX-License-Identifier: Apache-2.0
// A text key as a table holds it: in three words where it fits into them, so that nothing else need
// be looked at to find, compare or sort it.
//
//   up to 23 bytes     margaret.lovelace.71  | "margaret" | ".lovelac" | "e.71..." its length |
//   UUID, lower case   a23826d3-cc84-…       | 32 hexadecimal digits   |              24      |
//   any other          the words do not hold it
//
// The first byte is uppermost, and zeros fill up: words compare as bytes do, and among keys that
// differ in such zeros alone the shorter comes first. UUIDs ascend as their numbers do, since '0'
// to '9' come before 'a' to 'f', and the dashes are at the same places in all of them.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir {

struct TextKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::uint64_t third = 0;  // its last byte is the key's kind; never 0, where there is a key
  std::uint64_t kind() const { return third & 0xff; }
  auto operator<=>(const TextKey&) const = default;
};

namespace text_kind {
inline constexpr std::uint64_t longest = 23;  // 1 to 23: as many bytes, in the words
inline constexpr std::uint64_t uuid = 24;
inline constexpr std::uint64_t elsewhere = 25;  // the words do not hold it
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

// Of 36 bytes; of kind `elsewhere` where they are no UUID in lower case. Not inline: whoever has
// few of them would pay for its registers.
TextKey uuid_key(const char* text);

// Of 8 to 23 bytes. Without a branch: lengths change from key to key.
[[gnu::always_inline]] inline TextKey word_key(const char* from, std::size_t bytes) {
  const bool long_one = bytes >= 16;
  const auto last = words::at<std::uint64_t>(from + bytes - 8);
  const auto second = words::at<std::uint64_t>(from + (long_one ? 8 : bytes - 8));
  const auto gap = 4 * ((long_one ? 24 : 16) - bytes);  // twice, as it may be 64 bits
  const std::uint64_t end = last << gap << gap;
  return {words::at<std::uint64_t>(from), long_one ? second : end, (long_one ? end : 0) | bytes};
}

template <class UuidKey>
[[gnu::always_inline]] inline TextKey text_key(std::string_view text, const UuidKey& key_of_uuid) {
  const char* const from = text.data();
  if (text.size() >= 8 && text.size() <= text_kind::longest) {
    return word_key(from, text.size());
  }
  if (text.size() == uuid_bytes) {
    return key_of_uuid(from);
  }
  if (text.size() < 8) {
    return {words::of_few(from, text.size()), 0, text.size()};
  }
  return {.third = text_kind::elsewhere};
}
[[gnu::always_inline]] inline TextKey text_key(std::string_view text) {
  return text_key(text, uuid_key);
}

// The text of a key whose words hold it; lives as long as `into`.
using TextRoom = std::array<char, uuid_bytes>;
std::string_view text_of(const TextKey& key, TextRoom& into);

}  // namespace weir
