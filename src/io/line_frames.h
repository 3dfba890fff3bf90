// SPDX-License-Identifier: Apache-2.0
// Bytes as they come from a stream, cut into lines. Inside the line sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

class LineFrames {
 public:
  // The bytes before a line's "\n", a "\r" included.
  explicit LineFrames(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  // Only after next() gave nothing: so it holds no more than one line's beginning and these.
  void feed(std::string_view bytes);
  // The next whole line, without its "\n" or "\r\n"; valid until the next call. Nothing: none is
  // whole, or one is too long, and then nothing comes any more.
  std::optional<std::string_view> next();

  bool too_long() const { return too_long_; }
  bool begun() const { return begin_ < bytes_.size(); }  // of what was fed, something is left

 private:
  const std::size_t line_bytes_max_;
  std::string bytes_;
  std::size_t begin_ = 0;    // of the line that is next
  std::size_t scanned_ = 0;  // no line end before this, from begin_ on
  bool too_long_ = false;
};

}  // namespace weir
