// SPDX-License-Identifier: Apache-2.0
// Text keys of every form that a fold tells apart, and of those that merely look like them.
#pragma once

#include <fmt/format.h>
#include <rapidcheck.h>

#include <cstdint>
#include <string>

namespace weir::testing {

inline std::string uuid_text(std::uint64_t high, std::uint64_t low) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffff);
}

// Few letters, so that keys are prefixes of each other; zeros and 0xff, too, which never come in
// UTF-8 but must not matter.
inline rc::Gen<std::string> tricky_text(std::size_t bytes_max) {
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, bytes_max + 1), [](std::size_t bytes) {
    return rc::gen::container<std::string>(bytes, rc::gen::element('a', 'b', '\0', '\xff'));
  });
}

// Close together, so that many begin alike, and some are equal.
inline rc::Gen<std::string> uuid_key_text() {
  const auto word = rc::gen::element<std::uint64_t>(0, 1, 0x10, 0xabcdef00, ~0ULL, ~0ULL - 15);
  return rc::gen::map(rc::gen::pair(word, word),
                      [](const auto& words) { return uuid_text(words.first, words.second); });
}

// A UUID but for one byte.
inline rc::Gen<std::string> nearly_uuid() {
  const auto byte =
      rc::gen::element('A', 'F', 'g', '`', '/', ':', '@', '-', '0', '\0', '\x7f', '\xe1');
  return rc::gen::map(rc::gen::tuple(uuid_key_text(), rc::gen::inRange<std::size_t>(0, 36), byte),
                      [](const auto& parts) {
                        std::string text = std::get<0>(parts);
                        text[std::get<1>(parts)] = std::get<2>(parts);
                        return text;
                      });
}

inline rc::Gen<std::string> text_key() {
  return rc::gen::oneOf(
      tricky_text(3), tricky_text(20), tricky_text(40), uuid_key_text(), nearly_uuid(),
      rc::gen::map(tricky_text(20),
                   [](const std::string& text) { return std::string(40, 'x') + text; }),
      rc::gen::map(tricky_text(8),
                   [](const std::string& text) { return std::string(1016, 'y') + text; }),
      rc::gen::map(uuid_key_text(), [](const std::string& text) { return text.substr(0, 16); }),
      rc::gen::map(uuid_key_text(), [](const std::string& text) { return text + "0"; }));
}

}  // namespace weir::testing
