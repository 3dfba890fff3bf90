// SPDX-License-Identifier: Apache-2.0
#include "model/format.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <map>

#include "base/check.h"

namespace weir {
namespace {

struct CompressionName {
  Compression compression;
  std::string_view name;
};

constexpr std::array<CompressionName, 5> compression_names = {{{Compression::none, "none"},
                                                               {Compression::gzip, "gzip"},
                                                               {Compression::zstd, "zstd"},
                                                               {Compression::bzip2, "bzip2"},
                                                               {Compression::xz, "xz"}}};

using Words = std::map<std::string_view, std::string_view>;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, failure] = std::from_chars(text.data(), last, number);
  return failure == std::errc() && end == last ? std::optional(number) : std::nullopt;
}

// "pairs/1 a=b c=d" without its first word; nothing where a word is no pair or stands twice.
std::optional<Words> words_after(std::string_view text, std::size_t begin) {
  Words words;
  while (begin < text.size()) {
    if (text[begin] != ' ') {
      return std::nullopt;
    }
    const std::string_view word = text.substr(begin + 1, text.find(' ', begin + 1) - begin - 1);
    const auto equals = word.find('=');
    if (equals == std::string_view::npos ||
        !words.emplace(word.substr(0, equals), word.substr(equals + 1)).second) {
      return std::nullopt;
    }
    begin += 1 + word.size();
  }
  return words;
}

// Takes the word out of the list: whatever is left at the end was not understood.
std::string_view take(Words& words, std::string_view name) {
  const auto found = words.find(name);
  if (found == words.end()) {
    return {};
  }
  const std::string_view value = found->second;
  words.erase(found);
  return value;
}

template <class Choice>
std::optional<Choice> choose(std::string_view value, std::string_view first_name, Choice first,
                             std::string_view second_name, Choice second) {
  if (value == first_name) {
    return first;
  }
  return value == second_name ? std::optional(second) : std::nullopt;
}

bool is_version_known(std::string_view first_word) {
  constexpr std::string_view family = "pairs/";
  if (!first_word.starts_with(family)) {
    return false;
  }
  const auto version = whole_number(first_word.substr(family.size()));
  return version && *version >= 1 && *version <= parser_version;
}

}  // namespace

std::string_view name(Compression compression) {
  for (const CompressionName& entry : compression_names) {
    if (entry.compression == compression) {
      return entry.name;
    }
  }
  CHECK(false);
}

std::optional<Compression> compression_from_name(std::string_view name) {
  for (const CompressionName& entry : compression_names) {
    if (entry.name == name) {
      return entry.compression;
    }
  }
  return std::nullopt;
}

std::string to_text(const FormatOptions& options) {
  std::string text = fmt::format("pairs/{} key={} separator={} negative={} record_max={}",
                                 parser_version, options.key == KeyKind::text ? "text" : "integer",
                                 options.separator == Separator::blank ? "blank" : "space",
                                 options.negative ? "yes" : "no", options.record_bytes_max);
  if (options.inflated_bytes_max != 0) {
    text += fmt::format(" inflated_max={}", options.inflated_bytes_max);
  }
  return text;
}

std::optional<FormatOptions> format_from_text(std::string_view text) {
  const std::string_view first_word = text.substr(0, text.find(' '));
  auto words = words_after(text, first_word.size());
  if (!is_version_known(first_word) || !words) {
    return std::nullopt;
  }
  const auto key = choose(take(*words, "key"), "integer", KeyKind::integer, "text", KeyKind::text);
  const auto separator =
      choose(take(*words, "separator"), "space", Separator::space, "blank", Separator::blank);
  const auto negative = choose(take(*words, "negative"), "no", false, "yes", true);
  const auto record_max = whole_number(take(*words, "record_max"));
  const bool limited = words->contains("inflated_max");
  const auto inflated_max = limited ? whole_number(take(*words, "inflated_max")) : 0;
  if (!key || !separator || !negative || !record_max || !inflated_max || !words->empty()) {
    return std::nullopt;
  }
  return FormatOptions{.key = *key,
                       .separator = *separator,
                       .negative = *negative,
                       .record_bytes_max = *record_max,
                       .inflated_bytes_max = *inflated_max};
}

}  // namespace weir
