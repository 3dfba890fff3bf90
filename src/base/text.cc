// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "base/check.h"
#include "base/int128.h"

namespace weir {
namespace {

std::string hex_escapes(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

std::string shown(std::string_view character_bytes, const Character& character) {
  if (character.bytes == 0) {
    return hex_escapes(character_bytes);
  }
  switch (character.code) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\\':
      return "\\\\";
    default:
      return is_deceptive(character.code) ? hex_escapes(character_bytes)
                                          : std::string(character_bytes);
  }
}

struct Scale {
  std::string_view unit;
  std::uint64_t factor = 1;
};

constexpr std::array<Scale, 11> byte_scales = {{
    {"", 1},
    {"B", 1},
    {"kB", 1'000},
    {"KB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"TB", 1'000'000'000'000},
    {"KiB", 1ULL << 10},
    {"MiB", 1ULL << 20},
    {"GiB", 1ULL << 30},
    {"TiB", 1ULL << 40},
}};

constexpr std::array<Scale, 7> time_scales = {{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"d", 86'400'000'000'000},
}};

// Digits, perhaps one space, and one of the units; nothing else, and nothing over 64 bits.
std::optional<std::uint64_t> scaled(std::string_view text, std::span<const Scale> scales) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.size() > 1 && text.front() == ' ') {
    text.remove_prefix(1);
  }
  for (const Scale& scale : scales) {
    std::uint64_t product = 0;
    if (scale.unit == text && !__builtin_mul_overflow(number, scale.factor, &product)) {
      return product;
    }
  }
  return std::nullopt;
}

// In the largest of the units that says it without a fraction.
std::string in_whole_units(std::uint64_t number, std::span<const Scale> scales) {
  std::size_t best = 0;
  for (std::size_t i = 0; number != 0 && i < scales.size(); ++i) {
    best = number % scales[i].factor == 0 ? i : best;
  }
  return fmt::format("{}{}", number / scales[best].factor, scales[best].unit);
}

}  // namespace

// Overlong forms, surrogates and what lies above U+10FFFF are no UTF-8 (The Unicode Standard, table
// 3-7).
Character first_character(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  if (lead < 0x80) {
    return {lead, 1};
  }
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || bytes.size() < length) {
    return {};
  }
  char32_t code = lead & (0x7f >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(bytes[i]);
    if ((next & 0xc0) != 0x80) {
      return {};
    }
    code = code << 6 | (next & 0x3f);
  }
  constexpr std::array<char32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < smallest[length] || surrogate || code > 0x10ffff ? Character{}
                                                                 : Character{code, length};
}

bool is_deceptive(char32_t code) {
  const auto within = [code](char32_t low, char32_t high) { return code >= low && code <= high; };
  return code < 0x20 || within(0x7f, 0x9f) || code == 0xad || code == 0x61c ||
         within(0x200b, 0x200f) || within(0x2028, 0x202e) || within(0x2060, 0x206f) ||
         code == 0xfeff || within(0xfff9, 0xfffb) || within(0xe0000, 0xe007f);
}

std::string escaped(std::string_view bytes, std::size_t bytes_max) {
  constexpr std::string_view ellipsis = "…";
  CHECK(bytes_max >= ellipsis.size());
  std::string text;
  std::size_t cut = 0;  // up to where the text and an ellipsis fit
  while (!bytes.empty()) {
    const Character character = first_character(bytes);
    const std::size_t taken = std::max<std::size_t>(character.bytes, 1);
    text += shown(bytes.substr(0, taken), character);
    if (text.size() > bytes_max) {
      text.resize(cut);
      return text.append(ellipsis);
    }
    cut = text.size() + ellipsis.size() <= bytes_max ? text.size() : cut;
    bytes.remove_prefix(taken);
  }
  return text;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Character character = first_character(bytes);
    if (character.bytes == 0) {
      return false;
    }
    bytes.remove_prefix(character.bytes);
  }
  return true;
}

std::optional<std::uint64_t> bytes_from_text(std::string_view text) {
  return scaled(text, byte_scales);
}

std::optional<Nanoseconds> duration_from_text(std::string_view text) {
  const auto duration = scaled(text, time_scales);
  if (!duration || !fits_int64(static_cast<Int128>(*duration))) {
    return std::nullopt;
  }
  return static_cast<Nanoseconds>(*duration);
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) {
    return fmt::format("{} B", bytes);
  }
  auto number = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (number >= 1023.95) {  // what one decimal would round to 1024.0
    number /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", number, units[unit]);
}

std::string bytes_setting(std::uint64_t bytes) {
  constexpr std::array<Scale, 5> scales = {{{"", 1},
                                            {"KiB", 1ULL << 10},
                                            {"MiB", 1ULL << 20},
                                            {"GiB", 1ULL << 30},
                                            {"TiB", 1ULL << 40}}};
  return in_whole_units(bytes, scales);
}

std::string duration_setting(Nanoseconds duration) {
  CHECK(duration >= 0);
  return duration == 0 ? "0s" : in_whole_units(static_cast<std::uint64_t>(duration), time_scales);
}

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t right = 3; right < digits.size(); right += 4) {
    digits.insert(digits.size() - right, " ");
  }
  return digits;
}

}  // namespace weir
