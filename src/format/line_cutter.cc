// SPDX-License-Identifier: Apache-2.0
// Block by block; the line that a block cuts off is carried before the next one (format/window.h).
//
//   scope              [begin ................ end)
//   blocks        |        block |        block |  page |
//   lines    ─────┴┐ skipped ┌───┐┌────┐┌────────────┐   the last one is finished past the end
//
// A line that grows over the limit is rejected at once, and the rest of it skipped, not carried: so
// memory stays the same whatever its length.
#include "format/line_cutter.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "base/text.h"

namespace weir {
namespace {

// A line with more bytes than the limit and these, and no newline among them, is too long for sure:
// a byte order mark and the CR of a line end do not count.
constexpr std::uint64_t uncounted_bytes_max = 4;

// Index behind the last newline at or behind `from`; 0 where there is none.
std::size_t behind_last_newline(std::string_view bytes, std::size_t from) {
  if (from >= bytes.size()) {
    return 0;
  }
  const void* const found = memrchr(bytes.data() + from, '\n', bytes.size() - from);
  return found == nullptr
             ? 0
             : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data()) + 1;
}

}  // namespace

Result<void> LineCutter::cut(ByteStream& stream, const LineScope& scope, Tally& tally) {
  CHECK(scope.begin <= scope.end && options_.block_bytes > 0);
  scope_ = scope;
  window_.restart(scope.begin);
  skipping_ = scope.begins_inside_line;
  tail_bytes_ = std::min(Window::page_bytes, options_.block_bytes);
  last_byte_ = '\n';
  while (true) {
    if (options_.stop != nullptr && options_.stop->requested()) {
      return Error{ErrorKind::unavailable, "stopped on request"};
    }
    TRY_ASSIGN(const std::size_t got, stream.read(window_.room(next_block_bytes())));
    if (got == 0) {
      break;
    }
    window_.filled(got);
    last_byte_ = window_.bytes().back();
    if (scope.stream_bytes_max > 0 && window_.end_offset() > scope.stream_bytes_max) {
      return Error{ErrorKind::invalid, "it inflates to more than " +
                                           bytes_setting(scope.stream_bytes_max) +
                                           ": allow more with --set format.inflated_max=SIZE"};
    }
    if (cut_block(tally)) {
      return {};
    }
  }
  if (window_.size() > 0) {  // while skipping, everything is consumed at once
    tally.last_line(window_.bytes(), window_.offset());
  }
  return {};
}

// Within the scope: up to the next multiple of a block. Past its end: a page, then twice as much
// each time, since only one line is to be finished. Never less than what is carried, so that a line
// of many blocks is moved a few times only.
std::size_t LineCutter::next_block_bytes() {
  const std::uint64_t at = window_.end_offset();
  std::size_t bytes = options_.block_bytes - at % options_.block_bytes;
  if (at < scope_.end) {
    bytes = std::min<std::uint64_t>(bytes, scope_.end - at);
  } else {
    bytes = tail_bytes_ - at % tail_bytes_;
    tail_bytes_ = std::min(2 * tail_bytes_, options_.block_bytes);
  }
  return std::max(bytes, window_.size());
}

// True: every line that begins in the scope is done.
bool LineCutter::cut_block(Tally& tally) {
  if (skipping_ && !skip_line()) {
    return window_.offset() >= scope_.end;
  }
  if (window_.offset() >= scope_.end) {
    return true;
  }
  if (const std::size_t whole = whole_line_bytes(); whole > 0) {
    tally.whole_lines(window_.bytes().substr(0, whole), window_.offset());
    window_.consume(whole);
  }
  if (window_.offset() >= scope_.end) {
    return true;
  }
  if (window_.size() < uncounted_bytes_max ||
      window_.size() - uncounted_bytes_max <= scope_.record_bytes_max) {
    return false;
  }
  tally.long_line(window_.bytes(), window_.offset());
  window_.consume(window_.size());
  skipping_ = true;
  return window_.offset() >= scope_.end;
}

// Consumes up to behind the next newline. False: there is none here, and everything was consumed.
bool LineCutter::skip_line() {
  const std::size_t newline = window_.bytes().find('\n');
  skipping_ = newline == std::string_view::npos;
  window_.consume(skipping_ ? window_.size() : newline + 1);
  return !skipping_;
}

// How many bytes of the window, from its front, are whole lines that begin in the scope. What was
// carried holds no newline.
std::size_t LineCutter::whole_line_bytes() const {
  const std::string_view bytes = window_.bytes();
  const std::uint64_t left = scope_.end - window_.offset();
  if (bytes.size() < left) {
    return behind_last_newline(bytes, window_.carried());
  }
  // The line that holds the scope's last byte is the last one.
  const std::size_t newline = bytes.find('\n', std::max<std::size_t>(left - 1, window_.carried()));
  return newline != std::string_view::npos ? newline + 1
                                           : behind_last_newline(bytes, window_.carried());
}

}  // namespace weir
