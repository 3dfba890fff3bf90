// SPDX-License-Identifier: Apache-2.0
#include "io/line_frames.h"

#include "base/check.h"

namespace weir {

void LineFrames::feed(std::string_view bytes) {
  if (too_long_) {
    return;
  }
  CHECK(scanned_ == bytes_.size());
  bytes_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  bytes_ += bytes;
}

std::optional<std::string_view> LineFrames::next() {
  if (too_long_) {
    return std::nullopt;
  }
  const std::size_t end = bytes_.find('\n', scanned_);
  const bool whole = end != std::string::npos;
  const std::size_t length = (whole ? end : bytes_.size()) - begin_;
  if (length > line_bytes_max_) {
    too_long_ = true;
    bytes_ = std::string();
    begin_ = scanned_ = 0;
    return std::nullopt;
  }
  if (!whole) {
    scanned_ = bytes_.size();
    return std::nullopt;
  }
  std::string_view line = std::string_view(bytes_).substr(begin_, length);
  begin_ = scanned_ = end + 1;
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

}  // namespace weir
