// SPDX-License-Identifier: Apache-2.0
#include "app/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "flow/events.h"

namespace weir {
namespace {

constexpr Nanoseconds millisecond = 1'000'000;
constexpr Nanoseconds second = 1'000 * millisecond;
constexpr Nanoseconds redraw_every = 200 * millisecond;
constexpr Nanoseconds sentence_every = 10 * second;
constexpr Nanoseconds rate_window = 5 * second;
constexpr std::size_t noted_max = 1000;  // between two looks
constexpr std::size_t bar_columns = 20;

// 0 to 1; nothing while it is not known how much there is.
std::optional<double> share_done(const ProgressView& view) {
  if (view.listing || view.bytes_found == 0) {
    return std::nullopt;
  }
  return std::min(1.0,
                  static_cast<double>(view.bytes_read) / static_cast<double>(view.bytes_found));
}

std::string bar(double share) {
  const auto filled = static_cast<std::size_t>(share * bar_columns);
  std::string inner(filled, '=');
  inner += filled < bar_columns ? ">" : "";
  inner.resize(bar_columns, ' ');
  return fmt::format("[{}] {:3.0f} %", inner, std::floor(share * 100));
}

// When all is read there may be much to write, which no rate of reading tells.
std::string rate_text(const ProgressView& view) {
  const bool all_read = !view.listing && view.bytes_read >= view.bytes_found;
  return all_read ? "finishing" : fmt::format("{:.0f} MB/s", view.bytes_per_second / 1e6);
}

std::string files_text(const ProgressView& view) {
  const bool one = view.files_found == 1 && !view.listing;
  const std::string found =
      fmt::format("{}{} file{}", view.files_found, view.listing ? "+" : "", one ? "" : "s");
  return view.files_done == 0 ? found : fmt::format("{} of {}", view.files_done, found);
}

std::string time_left(const ProgressView& view) {
  if (view.listing || view.bytes_per_second < 1 || view.bytes_found <= view.bytes_read) {
    return "";
  }
  const auto rest = static_cast<double>(view.bytes_found - view.bytes_read);
  return seconds_text(std::ceil(rest / view.bytes_per_second)) + " left";
}

// The parts, the most telling ones first.
std::vector<std::string> parts_of(const ProgressView& view) {
  const auto share = share_done(view);
  std::vector<std::string> parts;
  if (share) {
    parts.push_back(bar(*share));
  }
  const std::string read = bytes_text(std::min(view.bytes_read, view.bytes_found));
  parts.push_back(share ? fmt::format("{} of {}", read, bytes_text(view.bytes_found)) : read);
  parts.push_back(rate_text(view));
  parts.push_back(time_left(view));
  parts.push_back(files_text(view));
  parts.erase(std::remove(parts.begin(), parts.end(), ""), parts.end());
  return parts;
}

Note progress_note(const ProgressView& view) {
  return {.event = event::progress,
          .text = progress_sentence(view),
          .fields = {{field::files, std::to_string(view.files_done)},
                     {field::files_found, std::to_string(view.files_found)},
                     {field::bytes, std::to_string(view.bytes_read)},
                     {field::bytes_found, std::to_string(view.bytes_found)}}};
}

}  // namespace

std::string seconds_text(double seconds) {
  if (seconds > 0 && seconds < 1) {
    return fmt::format("{:.2f} s", seconds);
  }
  if (seconds < 10) {
    return seconds == std::floor(seconds) ? fmt::format("{:.0f} s", seconds)
                                          : fmt::format("{:.1f} s", seconds);
  }
  const auto whole = static_cast<std::uint64_t>(seconds);
  if (whole < 60) {
    return fmt::format("{} s", whole);
  }
  return whole < 3600 ? fmt::format("{} min {} s", whole / 60, whole % 60)
                      : fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string progress_line(const ProgressView& view, int columns) {
  const auto room = static_cast<std::size_t>(std::max(columns - 1, 1));  // the last one would wrap
  std::string line;
  for (const std::string& part : parts_of(view)) {
    if (line.size() + part.size() + 2 > room) {
      break;
    }
    line += (line.empty() ? "" : "  ") + part;
  }
  return line;
}

std::string progress_sentence(const ProgressView& view) {
  const auto share = share_done(view);
  std::string text = share ? fmt::format("{:.0f} %: ", std::floor(*share * 100)) : "";
  text += fmt::format("{}, {}, {}", files_text(view), bytes_text(view.bytes_read), rate_text(view));
  const std::string left = time_left(view);
  return left.empty() ? text : text + ", " + left;
}

double RateMeter::rate(Nanoseconds now, std::uint64_t bytes) {
  if (!seen_.empty() && bytes < seen_.back().second) {
    seen_.clear();  // the flow began anew
  }
  while (seen_.size() > 1 && now - seen_[1].first >= rate_window) {
    seen_.pop_front();
  }
  if (seen_.empty() || now > seen_.back().first) {
    seen_.emplace_back(now, bytes);
  }
  const auto [since, bytes_then] = seen_.front();
  const auto passed = static_cast<double>(now - since) / static_cast<double>(second);
  return passed > 0 ? static_cast<double>(bytes - bytes_then) / passed : 0;
}

Display::Display(Session& session)
    : session_(session),
      started_(session.system.machine.clock.monotonic()),
      sentence_due_(started_ + sentence_every),
      monitor_(session.system.machine.tasks.monitor()) {
  meter_.rate(started_, 0);
  task_ = session.system.machine.tasks.spawn("display", [this] { run(); });
}

Notes Display::notes() {
  return [this](const Note& note) { keep(note); };
}

void Display::keep(const Note& note) {
  const Held held(*monitor_);
  if (noted_.size() < noted_max) {
    noted_.push_back(note);
  } else {
    ++noted_beyond_;
  }
}

void Display::take_log(const LogSettings& log) {
  const Held held(*monitor_);
  log_ = log;
}

void Display::finish() {
  {
    const Held held(*monitor_);
    finished_ = true;
    monitor_->notify_all();
  }
  task_->join();
  tell_noted();
  session_.talk.erase_drawn();
}

double Display::seconds() {
  const Nanoseconds passed = session_.system.machine.clock.monotonic() - started_;
  return static_cast<double>(passed) / static_cast<double>(second);
}

void Display::run() {
  Clock& clock = session_.system.machine.clock;
  for (;;) {
    {
      const Held held(*monitor_);
      const Nanoseconds due = clock.monotonic() + redraw_every;
      while (!finished_ && clock.monotonic() < due) {
        monitor_->wait_until(due);
      }
      if (finished_) {
        return;
      }
    }
    tell_noted();
    show(clock.monotonic());
  }
}

// Nothing is written while the monitor is held: who notes must not wait for a terminal.
void Display::tell_noted() {
  std::vector<Note> noted;
  std::uint64_t beyond = 0;
  std::optional<LogSettings> log;
  {
    const Held held(*monitor_);
    noted.swap(noted_);
    std::swap(beyond, noted_beyond_);
    log.swap(log_);
  }
  for (const Note& note : noted) {
    session_.talk.tell(note);
  }
  if (beyond > 0) {
    session_.talk.tell({.severity = Severity::warning,
                        .event = event::notes_dropped,
                        .text = grouped(beyond) +
                                " more like these at the same time; `weir status` lists "
                                "what is set aside",
                        .fields = {{field::dropped, std::to_string(beyond)}}});
  }
  if (log) {
    take_log_settings(session_, *log);
  }
}

void Display::show(Nanoseconds now) {
  if (session_.flags.quiet || session_.flags.no_progress) {
    return;
  }
  const ProgressView seen = view(now);
  if (session_.talk.draws()) {
    session_.talk.draw(progress_line(seen, session_.talk.columns()));
  } else if (now >= sentence_due_) {
    session_.talk.tell(progress_note(seen));
    sentence_due_ = now + sentence_every;
  }
}

ProgressView Display::view(Nanoseconds now) {
  ProgressView seen{.bytes_read = progress_.bytes_read,
                    .bytes_found = progress_.bytes_found,
                    .files_done = progress_.files_done,
                    .files_found = progress_.files_found,
                    .listing = progress_.listing};
  seen.bytes_per_second = meter_.rate(now, seen.bytes_read);
  return seen;
}

}  // namespace weir
