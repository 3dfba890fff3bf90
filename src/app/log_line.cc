// SPDX-License-Identifier: Apache-2.0
#include "app/log_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/redact.h"
#include "base/json_text.h"
#include "base/text.h"
#include "flow/events.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, 3> levels = {"info", "warning", "error"};

// What `field::numbers` lists was made from a number; anything else would break the line.
bool is_json_number(std::string_view text) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  const auto point = std::min(digits.find('.'), digits.size());
  const auto all_digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  const std::string_view whole = digits.substr(0, point);
  return all_digits(whole) && (whole.size() == 1 || whole.front() != '0') &&
         (point == digits.size() || all_digits(digits.substr(point + 1)));
}

std::string member(std::string_view name, std::string_view json) {
  return fmt::format(",{}:{}", json_text(name), json);
}

// What goes on in further lines is set off by semicolons.
std::string on_one_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    line += line.empty() || end == 0 ? "" : "; ";
    line += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  return line;
}

}  // namespace

std::string json_log_line(Nanoseconds wall, const Note& note) {
  std::string line = fmt::format("{{\"time\":\"{}\"", utc_milliseconds_text(wall));
  line += member("level", json_text(levels[static_cast<std::size_t>(note.severity)]));
  line += member("event", json_text(note.event.empty() ? event::message : note.event));
  line += member("message", json_text(redacted(note.text)));
  for (const auto& [name, value] : note.fields) {
    const bool number = field::is_number(name) && is_json_number(value);
    line += member(name, number ? value : json_text(redacted(value)));
  }
  return line + "}";
}

std::string text_log_line(const Note& note) {
  return fmt::format("{}{}", label_of(note.severity), on_one_line(harmless(note.text)));
}

std::string_view label_of(Severity severity) {
  constexpr std::array<std::string_view, 3> labels = {"", "warning: ", "error: "};
  return labels[static_cast<std::size_t>(severity)];
}

std::string harmless(std::string_view text) {
  const std::string clean = redacted(text);
  if (!is_utf8(clean)) {
    return escaped(clean, clean.size() * 4 + 4);
  }
  std::string shown;
  for (std::string_view rest = clean; !rest.empty();) {
    const Character character = first_character(rest);
    const std::string_view bytes = rest.substr(0, character.bytes);
    const bool steers = character.code != '\n' && is_deceptive(character.code);
    shown += steers ? escaped(bytes) : std::string(bytes);
    rest.remove_prefix(character.bytes);
  }
  return shown;
}

}  // namespace weir
