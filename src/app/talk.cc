// SPDX-License-Identifier: Apache-2.0
#include "app/talk.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/redact.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[1;33m";
constexpr std::string_view plain = "\x1b[0m";

// How many bytes the control character at this place has; 0: none begins here.
std::size_t control_bytes(std::string_view text, std::size_t position) {
  const auto byte = static_cast<unsigned char>(text[position]);
  const auto next = static_cast<unsigned char>(position + 1 < text.size() ? text[position + 1] : 0);
  if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
    return 2;
  }
  return (byte < 0x20 && byte != '\n') || byte == 0x7f ? 1 : 0;
}

}  // namespace

std::string harmless(std::string_view text) {
  if (!is_utf8(text)) {
    return escaped(text, text.size() * 4 + 4);
  }
  std::string shown;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t controls = control_bytes(text, i);
    for (const char c : text.substr(i, controls)) {
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    shown += text.substr(i, controls == 0 ? 1 : 0);
    i += std::max<std::size_t>(controls, 1);
  }
  return shown;
}

void Talk::say(std::string_view text) {
  tell({.text = std::string(text)});
}
void Talk::warn(std::string_view text) {
  tell({.severity = Severity::warning, .text = std::string(text)});
}
void Talk::error(std::string_view text) {
  tell({.severity = Severity::error, .text = std::string(text)});
}

void Talk::tell(const Note& note) {
  switch (note.severity) {
    case Severity::info:
      return options_.quiet ? void() : write("", "", note.text);
    case Severity::warning:
      return write("warning: ", yellow, note.text);
    case Severity::error:
      return write("error: ", red, note.text);
  }
}

void Talk::write(std::string_view label, std::string_view color, std::string_view text) {
  const std::string shown = harmless(redacted(text));
  erase_drawn();
  if (label.empty()) {
    return put(shown + "\n");
  }
  if (options_.color) {
    return put(fmt::format("weir: {}{}{}{}\n", color, label, plain, shown));
  }
  put(fmt::format("weir: {}{}\n", label, shown));
}

void Talk::draw(std::string_view line) {
  put(fmt::format("\r{}\x1b[K", harmless(line)));
  drawn_ = true;
}

void Talk::erase_drawn() {
  if (drawn_) {
    put("\r\x1b[K");
    drawn_ = false;
  }
}

void Talk::put(std::string_view bytes) {
  broken_ = broken_ || !stream_.writer.write(bytes);
}

}  // namespace weir
