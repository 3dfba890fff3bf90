// SPDX-License-Identifier: Apache-2.0
// What is said to people, on standard error. Never part of the way of the data: a stream that is
// full, closed or broken silences it, and nothing else. Secrets and control characters are taken
// out of every line.
#pragma once

#include <string>
#include <string_view>

#include "app/system.h"
#include "flow/report.h"

namespace weir {

// One thread at a time. Borrows the stream.
class Talk {
 public:
  struct Options {
    bool quiet = false;  // warnings and errors only
    bool color = false;
  };
  Talk(OutStream& stream, const Options& options) : stream_(stream), options_(options) {}

  void say(std::string_view text);
  void warn(std::string_view text);
  void error(std::string_view text);
  void tell(const Note& note);

  // A line at the bottom of a terminal that is drawn over; what is said meanwhile stands above it.
  void draw(std::string_view line);
  void erase_drawn();

  int columns() const { return stream_.columns(); }

 private:
  void write(std::string_view label, std::string_view color, std::string_view text);
  void put(std::string_view bytes);

  OutStream& stream_;
  const Options options_;
  bool drawn_ = false;
  bool broken_ = false;
};

// Without what a terminal could be led astray by, but with line ends.
std::string harmless(std::string_view text);

}  // namespace weir
