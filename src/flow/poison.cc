// SPDX-License-Identifier: Apache-2.0
#include "flow/poison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "flow/events.h"
#include "flow/quarantine.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::int32_t first_look = -1;  // instead of the number of a unit

// FNV-1a: the same in every process, and short enough for a signal's function to write.
std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0xcbf29ce484222325;
  for (const char c : text) {
    number = (number ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return number;
}

Matter matter_from(const FileIdentity& identity, const VersionToken& token, const UnitId& unit) {
  const std::string text = fmt::format("{} {} {} {} {} {}", identity, token.size, token.inode,
                                       token.modified, token.tag, unit.epoch);
  return {.version = number_of(text), .part = unit.number};
}

// The number at the start of the text, which loses it and the byte behind it.
template <class Number>
std::optional<Number> take_number(std::string_view& text, int base) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || (at != end && *at != ' ')) {
    return std::nullopt;
  }
  text.remove_prefix(std::min(text.size(), static_cast<std::size_t>(at - text.data()) + 1));
  return number;
}

bool take_word(std::string_view& text, std::string_view word) {
  const bool there = text.starts_with(word);
  text.remove_prefix(there ? word.size() : 0);
  return there;
}

}  // namespace

Matter matter_of(const FileRow& file, const UnitId& unit) {
  return matter_from(file.identity, file.token, unit);
}

Matter matter_of_look(const FileIdentity& identity, const VersionToken& token) {
  return matter_from(identity, token, {.number = first_look});
}

Poison::Poison(Options options)
    : options_(std::move(options)), monitor_(options_.tasks.monitor()) {}

void Poison::recall() {
  auto text = read();
  if (!text) {
    return tell(text.error());
  }
  const bool long_enough = text->size() >= crash_file_bytes_max;
  {
    const Held held(*monitor_);
    crashes_ = crashes_in(*text);
    changed_ = long_enough;
  }
  if (long_enough) {
    write_anew();
  }
}

std::string Poison::verdict(const Matter& matter) {
  const Held held(*monitor_);
  int times = 0;
  int signal = 0;
  for (const Crash& crash : crashes_) {
    if (crash.matter == matter) {
      ++times;
      signal = crash.signal;
    }
  }
  if (times < poison_crashes) {
    return "";
  }
  const std::string where = matter.part == first_look ? std::string("its first bytes")
                                                      : fmt::format("its unit {}", matter.part);
  return fmt::format("{}it crashed weir {} times, last with signal {} at {}", cause::poison, times,
                     signal, where);
}

void Poison::forget(const Matter& matter) {
  {
    const Held held(*monitor_);
    changed_ =
        std::erase_if(crashes_, [&](const Crash& crash) { return crash.matter == matter; }) > 0 ||
        changed_;
    if (!changed_) {
      return;
    }
  }
  write_anew();
}

// One at a time, and without the monitor: a disk may take its time.
void Poison::write_anew() {
  const Held held(*monitor_);
  if (writing_) {
    return;
  }
  writing_ = true;
  while (std::exchange(changed_, false)) {
    const std::string text = text_of(crashes_);
    monitor_->unlock();
    if (const auto written = write(text); !written) {
      tell(written.error());
    }
    monitor_->lock();
  }
  writing_ = false;
}

// The last of it, where it is long; the first line of that is torn.
Result<std::string> Poison::read() const {
  const std::string folder(parent_of(options_.path));
  auto opened = options_.files.open(folder, std::string(last_name(options_.path)));
  if (!opened && opened.error().os_code == ENOENT) {
    return std::string();
  }
  TRY_ASSIGN(const auto file, std::move(opened));
  TRY_ASSIGN(const FileStatus status, file->status());
  std::string text(std::min(status.size, crash_file_bytes_max), '\0');
  TRY_ASSIGN(const std::size_t got, file->read_at(status.size - text.size(), text));
  text.resize(got);
  return text;
}

// Not synced: after a power cut it may be empty, or what it was.
Result<void> Poison::write(const std::string& text) const {
  FileSystem& files = options_.files;
  if (text.empty()) {
    return files.remove(options_.path);
  }
  const std::string fresh = options_.path + ".new";
  static_cast<void>(files.remove(fresh));  // of a process that was killed while writing it
  {
    TRY_ASSIGN(const auto file, files.create(fresh));
    TRY(file->write(text));
  }
  return files.rename(fresh, options_.path);
}

std::vector<Poison::Crash> Poison::crashes_in(std::string_view text) {
  std::vector<Crash> crashes;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!take_word(line, "signal ")) {
      continue;
    }
    const auto signal = take_number<int>(line, 10);
    if (!signal || !take_word(line, "on ")) {
      continue;
    }
    const auto version = take_number<std::uint64_t>(line, 16);
    const auto part = take_number<std::int32_t>(line, 10);
    if (version && part && line.empty()) {
      crashes.push_back({.matter = {.version = *version, .part = *part}, .signal = *signal});
    }
  }
  return crashes;
}

std::string Poison::text_of(const std::vector<Crash>& crashes) {
  std::string text;
  for (const Crash& crash : crashes) {
    text += fmt::format("signal {} on {:016x} {}\n", crash.signal, crash.matter.version,
                        crash.matter.part);
  }
  return text;
}

void Poison::tell(const Error& error) const {
  options_.notes({.severity = Severity::warning,
                  .event = event::crashes_unknown,
                  .text = "what crashed an earlier weir is not known for sure: " + error.message,
                  .fields = {{field::path, options_.path}, {field::reason, error.message}}});
}

std::unique_ptr<Task> TasksInHand::spawn(const std::string& name, std::function<void()> body) {
  return tasks_.spawn(name, [witness = witness_, matter = matter_, body = std::move(body)] {
    const InHand in_hand(witness, matter);
    body();
  });
}

}  // namespace weir
