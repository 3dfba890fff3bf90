// SPDX-License-Identifier: Apache-2.0
#include "app/redact.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace weir {
namespace {

constexpr std::string_view ends_word = " \t\r\n\"'`<>";

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin >= end; }
};

// The password of the URL whose `://` stands at `colon`. Up to the last `@` of the word: a password
// with an unescaped `/` or `@` is wrong, and a secret all the same.
Range password_of_url(std::string_view text, std::size_t colon) {
  const std::size_t begin = colon + 3;
  const std::size_t end = std::min(text.find_first_of(ends_word, begin), text.size());
  const std::string_view rest = text.substr(begin, end - begin);
  const std::size_t at = rest.rfind('@');
  const std::size_t user_end = rest.find(':');
  if (at == std::string_view::npos || user_end == std::string_view::npos || user_end > at) {
    return {};
  }
  return {begin + user_end + 1, begin + at};
}

std::string without_url_passwords(std::string_view text) {
  std::string shown;
  std::size_t done = 0;
  for (auto colon = text.find("://"); colon != std::string_view::npos;
       colon = text.find("://", colon + 3)) {
    const Range password = password_of_url(text, colon);
    if (!password.empty() && password.begin >= done) {
      shown.append(text.substr(done, password.begin - done)).append("***");
      done = password.end;
    }
  }
  return shown.append(text.substr(done));
}

bool starts_name(std::string_view text, std::size_t position) {
  return position == 0 || std::isalnum(static_cast<unsigned char>(text[position - 1])) == 0;
}

std::string lower(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return small;
}

std::string without_value_of(std::string_view name, std::string text) {
  for (auto found = lower(text).find(name); found != std::string::npos;
       found = lower(text).find(name, found)) {
    const std::size_t begin = found + name.size();
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'`&", begin), text.size());
    if (starts_name(text, found) && end > begin) {
      text.replace(begin, end - begin, "***");
    }
    found = begin;
  }
  return text;
}

constexpr std::array<std::string_view, 7> secret_names = {
    "password=", "passwd=", "pwd=", "secret=", "token=", "access_key=", "secret_key="};

}  // namespace

std::string redacted(std::string_view text) {
  std::string shown = without_url_passwords(text);
  for (const std::string_view name : secret_names) {
    shown = without_value_of(name, std::move(shown));
  }
  return shown;
}

bool has_password(std::string_view url) {
  return redacted(url) != url;
}

}  // namespace weir
