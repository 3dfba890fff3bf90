// SPDX-License-Identifier: Apache-2.0
// What is said to people, on standard error; for services, their log. Never part of the way of the
// data: a stream that is full, closed or broken silences it, and nothing else.
//
// To people: "weir: warning: …". In JSON: an object a line. In the journal of systemd: one line an
// event, with the priority that the journal reads ("<4>warning: …"). By a service elsewhere, but
// on a terminal: one line an event, its time in front.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/system.h"
#include "base/clock.h"
#include "flow/report.h"
#include "model/flow.h"

namespace weir {

// One thread at a time. Borrows stream and clock.
class Talk {
 public:
  struct Options {
    LogSettings log = {};
    bool color = false;
    // A command that runs for months: says when, never waits long for a reader, and goes on when a
    // stream that failed works again. What could not be written is counted, and the count is told.
    bool service = false;
  };
  Talk(OutStream& stream, Clock& clock, const Options& options)
      : stream_(stream), clock_(clock), options_(options) {}

  void say(std::string_view text);
  void warn(std::string_view text);
  void error(std::string_view text);
  void tell(const Note& note);

  void set_log(const LogSettings& log) { options_.log = log; }
  void run_as_service() { options_.service = true; }

  // A line at the bottom of a terminal that is drawn over; what is said meanwhile stands above it.
  bool draws() const { return stream_.terminal && options_.log.format == LogFormat::text; }
  void draw(std::string_view line);
  void erase_drawn();

  int columns() const { return stream_.columns(); }

 private:
  std::string line_of(const Note& note) const;
  std::string line_for_people(const Note& note) const;
  void put(std::string_view bytes);
  void put_if_there_is_room(std::string_view line);
  bool put_portions(std::string_view line);

  OutStream& stream_;
  Clock& clock_;
  Options options_;
  bool drawn_ = false;
  bool broken_ = false;
  std::uint64_t lines_lost_ = 0;  // of a service, since the last one that was written
};

}  // namespace weir
