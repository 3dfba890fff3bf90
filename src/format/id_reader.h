// SPDX-License-Identifier: Apache-2.0
// Reads lines with integer keys as fast as they allow, and hands them to a sink in batches: most of
// them 64 bytes at a time, where numbers are small in half the room, where something is unusual
// line by line. Lines that only the referee can judge are left to the caller (format/tally.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/pairs.h"

namespace weir {

// One thread.
class IdReader {
 public:
  struct Options {
    std::size_t batch_records = 1024;  // to the sink at once; some more from a last block
    Vectors vectors = Vectors::portable;
  };
  explicit IdReader(const Options& options);

  // Starts anew; the sink is borrowed until the next begin().
  void begin(const FormatOptions& format, UsageSink& sink);

  // Takes lines up to the end, or to one for the referee. Views as of pairs.h.
  Parsed read(std::string_view lines);
  void add(const Usage& usage);  // what the referee found in it, in turn
  void flush();                  // to the sink

  Int128 sum() const { return sum_; }  // Σ amount of what went to the sink

 private:
  template <class Record>
  struct Batch {
    std::vector<Record> records;
    std::size_t filled = 0;
    PairParser<Record> parse_lines = nullptr;
    BlockParser<Record> parse_blocks = nullptr;  // nothing: all by line
  };
  struct Step {
    std::size_t records = 0;
    std::size_t bytes = 0;
    bool for_referee = false;  // the line behind them
  };
  template <class Record>
  Step by_block(Batch<Record>& batch, std::string_view lines);
  template <class Record>
  Step by_line(Batch<Record>& batch, std::string_view lines);
  template <class Record>
  Step step(Batch<Record>& batch, std::string_view lines);
  template <class Record>
  void flush(Batch<Record>& batch);
  void blocks_failed();
  void go_wide(bool wide);

  const Options options_;
  UsageSink* sink_ = nullptr;
  std::uint64_t record_bytes_max_ = 0;
  Batch<SmallUsage> small_;
  Batch<Usage> wide_;
  Int128 sum_ = 0;

  // Hints from the lines so far: a wrong one costs time alone.
  bool wide_now_ = false;
  LineEnds ends_ = LineEnds::lf;
  std::size_t lines_left_ = 0;     // to read one by one before blocks are tried again
  std::size_t lines_stretch_ = 0;  // so many, last time
  std::size_t block_records_ = 0;  // by block, since then
};

}  // namespace weir
