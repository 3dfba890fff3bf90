// SPDX-License-Identifier: Apache-2.0
// What was asked for, on standard output, through a large buffer. An error of the stream sticks:
// what follows is dropped, and the command line ends with exit code 74.
#pragma once

#include <string>
#include <string_view>

#include "app/system.h"
#include "base/result.h"

namespace weir {

// One thread at a time. Borrows the stream; what was not flushed is lost.
class Output {
 public:
  explicit Output(OutStream& stream, std::size_t buffer_bytes = 256 << 10);

  void write(std::string_view bytes);
  void line(std::string_view text) {
    write(text);
    write("\n");
  }
  Result<void> flush();             // the first error, if there was one
  void drop() { buffer_.clear(); }  // what was not yet passed on
  const Result<void>& status() const { return status_; }

  bool terminal() const { return stream_.terminal; }

 private:
  void pass_on();

  OutStream& stream_;
  const std::size_t buffer_bytes_;
  std::string buffer_;
  Result<void> status_;
};

}  // namespace weir
