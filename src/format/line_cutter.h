// SPDX-License-Identifier: Apache-2.0
// Cuts a stream into lines by the first-byte rule and hands them to a tally: a line belongs to the
// scope that holds its first byte, wherever it ends.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/stop.h"
#include "format/byte_stream.h"
#include "format/tally.h"
#include "format/window.h"

namespace weir {

// Which lines of a stream are wanted: those whose first byte lies in [begin, end).
struct LineScope {
  std::uint64_t begin = 0;  // where the stream starts
  std::uint64_t end = UINT64_MAX;
  bool begins_inside_line = false;  // the byte before `begin` is no newline
  std::uint64_t record_bytes_max = 0;
  std::uint64_t stream_bytes_max = 0;  // `invalid` where the stream holds more; 0: no limit
};

// One thread. Keeps its memory from one stream to the next: a block and the longest record.
class LineCutter {
 public:
  struct Options {
    std::size_t block_bytes = 512 << 10;  // read at once, from multiples of it
    const Stop* stop = nullptr;           // asked before each block: `unavailable`
  };
  explicit LineCutter(const Options& options) : options_(options) {}

  // Reads up to the end of the scope, and on to the end of its last line.
  Result<void> cut(ByteStream& stream, const LineScope& scope, Tally& tally);

  bool ended_in_newline() const { return last_byte_ == '\n'; }  // of all that was read; or nothing

 private:
  std::size_t next_block_bytes();
  bool cut_block(Tally& tally);
  bool skip_line();
  std::size_t whole_line_bytes() const;

  Options options_;
  LineScope scope_;
  Window window_;
  bool skipping_ = false;  // within a line that is not wanted, or not any more
  std::size_t tail_bytes_ = 0;
  char last_byte_ = '\n';
};

}  // namespace weir
