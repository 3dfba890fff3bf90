// SPDX-License-Identifier: Apache-2.0
// Shows how far a flow is while it runs: one line drawn over and over on a terminal, a plain line
// now and then elsewhere. It reads counters a few times a second; nothing is done per record.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/session.h"
#include "flow/report.h"

namespace weir {

// What is to be shown at one moment.
struct ProgressView {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_found = 0;
  std::uint64_t files_done = 0;
  std::uint64_t files_found = 0;
  bool listing = false;  // more may be found: no percentage yet
  double bytes_per_second = 0;
};

// "[=====>    ]  43 %  1.2 GiB of 2.8 GiB  812 MB/s  2 s left  3 of 12 files", as much of it as
// fits into the columns.
std::string progress_line(const ProgressView& view, int columns);
std::string progress_sentence(const ProgressView& view);  // for logs
std::string seconds_text(double seconds);  // "0.04 s", "12 s", "3 min 20 s", "2 h 5 min"

// Bytes a second over the last few seconds.
class RateMeter {
 public:
  double rate(Nanoseconds now, std::uint64_t bytes);

 private:
  std::deque<std::pair<Nanoseconds, std::uint64_t>> seen_;
};

// Runs as a task from its making to finish(). Meanwhile it alone uses the session's talk.
class Display {
 public:
  explicit Display(Session& session);
  ~Display() { finish(); }
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  Progress& progress() { return progress_; }
  // What the flow has to say: written by the display, so that a slow terminal holds up nobody.
  Notes notes();
  // From now on it is told so: what was noted before is told as before.
  void take_log(const LogSettings& log);
  void finish();     // says what was noted, and takes its line away; again: nothing
  double seconds();  // since its making

 private:
  void run();
  void keep(const Note& note);
  void tell_noted();
  void show(Nanoseconds now);
  ProgressView view(Nanoseconds now);

  Session& session_;
  Progress progress_;
  const Nanoseconds started_;
  RateMeter meter_;
  Nanoseconds sentence_due_;
  const std::unique_ptr<Monitor> monitor_;  // over what follows
  std::vector<Note> noted_;
  std::uint64_t noted_beyond_ = 0;  // not kept: there were too many
  std::optional<LogSettings> log_;  // to be taken
  bool finished_ = false;
  std::unique_ptr<Task> task_;
};

}  // namespace weir
