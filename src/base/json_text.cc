// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace weir {
namespace {

std::string escape_of(char32_t code) {
  switch (code) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    default:
      // Beyond U+FFFF JSON would need two of them, which TOML does not know; what is deceptive
      // there shows as nothing, and steers nothing.
      return is_deceptive(code) && code < 0x10000
                 ? fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code))
                 : "";
  }
}

// How many characters at the start stay as they are, as far as that is quickly seen.
std::size_t plain_bytes(std::string_view bytes) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  return static_cast<std::size_t>(std::find_if_not(bytes.begin(), bytes.end(), plain) -
                                  bytes.begin());
}

}  // namespace

std::string json_text(std::string_view bytes) {
  std::string escaped_bytes;
  if (!is_utf8(bytes)) {
    escaped_bytes = escaped(bytes, bytes.size() * 4 + 4);
    bytes = escaped_bytes;
  }
  std::string quoted = "\"";
  for (;;) {
    const std::size_t plain = plain_bytes(bytes);
    quoted += bytes.substr(0, plain);
    bytes.remove_prefix(plain);
    if (bytes.empty()) {
      return quoted += '"';
    }
    const Character character = first_character(bytes);
    const std::string escape = escape_of(character.code);
    quoted += escape.empty() ? bytes.substr(0, character.bytes) : escape;
    bytes.remove_prefix(character.bytes);
  }
}

}  // namespace weir
