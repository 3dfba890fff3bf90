// SPDX-License-Identifier: Apache-2.0
#include "app/talk.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/log_line.h"
#include "flow/events.h"

namespace weir {
namespace {

constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[1;33m";
constexpr std::string_view plain = "\x1b[0m";
constexpr Nanoseconds room_wait_max = 1'000'000'000;  // once; not again until there was room
constexpr std::size_t portion_bytes = out_stream_room_bytes;

// sd-daemon(3): what the journal takes for the priority of a line.
std::string_view journal_priority(Severity severity) {
  constexpr std::array<std::string_view, 3> priorities = {"<6>", "<4>", "<3>"};
  return priorities[static_cast<std::size_t>(severity)];
}

Note lost_note(std::uint64_t lines) {
  return {.severity = Severity::warning,
          .event = event::log_lost,
          .text = fmt::format("the log had no room for {} lines", lines),
          .fields = {{field::lines, std::to_string(lines)}}};
}

}  // namespace

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
  if (note.severity < options_.log.level) {
    return;
  }
  erase_drawn();
  const std::string line = line_of(note) + "\n";
  if (options_.service) {
    put_if_there_is_room(line);
  } else {
    put(line);
  }
}

std::string Talk::line_of(const Note& note) const {
  const bool json = options_.log.format == LogFormat::json;
  const std::string_view priority = stream_.journal ? journal_priority(note.severity) : "";
  if (json) {
    return fmt::format("{}{}", priority, json_log_line(clock_.wall(), note));
  }
  if (stream_.journal) {
    return fmt::format("{}{}", priority, text_log_line(note));
  }
  if (options_.service && !stream_.terminal) {
    return fmt::format("{} {}", utc_milliseconds_text(clock_.wall()), text_log_line(note));
  }
  return line_for_people(note);
}

std::string Talk::line_for_people(const Note& note) const {
  const std::string shown = harmless(note.text);
  const std::string_view label = label_of(note.severity);
  if (label.empty()) {
    return shown;
  }
  if (!options_.color) {
    return fmt::format("weir: {}{}", label, shown);
  }
  const std::string_view color = note.severity == Severity::error ? red : yellow;
  return fmt::format("weir: {}{}{}{}", color, label, plain, shown);
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

void Talk::put_if_there_is_room(std::string_view line) {
  std::string all(line);
  if (lines_lost_ > 0) {  // what went before may have been cut short
    all = "\n" + line_of(lost_note(lines_lost_)) + "\n" + all;
  }
  lines_lost_ = put_portions(all) ? 0 : lines_lost_ + 1;
}

bool Talk::put_portions(std::string_view line) {
  for (; !line.empty(); line.remove_prefix(std::min(line.size(), portion_bytes))) {
    const Nanoseconds wait = lines_lost_ == 0 ? room_wait_max : 0;
    if (!stream_.room(wait) || !stream_.writer.write(line.substr(0, portion_bytes))) {
      return false;
    }
  }
  return true;
}

}  // namespace weir
