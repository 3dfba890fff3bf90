// SPDX-License-Identifier: Apache-2.0
// What a unit's lines come to: counts, rejects with their places, the sum; the records go on to the
// sink in batches. Lines come in from format/line_cutter.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "format/id_reader.h"
#include "format/pairs.h"
#include "format/referee.h"
#include "model/unit.h"
#include "model/usage.h"

namespace weir {

// One thread. Offsets are those of a line's first byte, in the file or, where it is compressed, in
// what it inflates to; the line at offset 0 may have a byte order mark.
class Tally {
 public:
  struct Options {
    std::uint64_t rejects_kept = 1000;
    std::size_t batch_records = 1024;  // about; a sink is never called with none
    Vectors vectors = vectors_of_machine();
  };
  explicit Tally(const Options& options);

  // Starts anew; both are borrowed until the next begin().
  void begin(const FormatOptions& format, UsageSink& sink);

  // Lines with their newlines; Window::margin_bytes behind them are readable. When it returns, all
  // of them have gone to the sink.
  void whole_lines(std::string_view lines, std::uint64_t offset);
  // The last line of a file, which has no newline.
  void last_line(std::string_view line, std::uint64_t offset);
  // A line that is known to be too long before its end was seen: its front.
  void long_line(std::string_view front, std::uint64_t offset);

  const LineCounts& counts() const { return counts_; }
  Int128 sum() const { return ids_.sum() + texts_sum_; }
  std::vector<Reject> take_rejects() { return std::move(rejects_); }

 private:
  // Each takes lines up to the end, or to one for the referee.
  Parsed take_usual(std::string_view lines);
  Parsed take_texts(std::string_view lines);
  void flush();
  void flush_texts();
  void take_one(std::string_view line, std::uint64_t offset);
  void take_good(const Verdict& verdict);
  void reject(RejectReason reason, std::string_view line, std::uint64_t offset);

  Options options_;
  const FormatOptions* format_ = nullptr;
  UsageSink* sink_ = nullptr;
  IdReader ids_;
  std::vector<TextUsage> texts_;
  std::size_t texts_filled_ = 0;
  PairParser<TextUsage> parse_texts_ = nullptr;
  LineCounts counts_;
  Int128 texts_sum_ = 0;
  std::vector<Reject> rejects_;
};

// The line without LF or CR LF; it ends with LF.
std::string_view without_line_end(std::string_view line);

// The line without the mark that some editors put at the start of a file.
std::string_view without_byte_order_mark(std::string_view first_line);

}  // namespace weir
