// SPDX-License-Identifier: Apache-2.0
// Reads a file unit by unit, and compares each unit with what the exact reference says of the lines
// that begin in it: so a line that is lost, doubled, or counted in the wrong unit shows.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "format/unit_reader.h"
#include "support/bytes_file.h"
#include "support/kept_records.h"
#include "support/reference.h"

namespace weir::testing {

// Keeps its reader from file to file. One thread.
class UnitComparison {
 public:
  // Rejects are compared as far as they are kept.
  explicit UnitComparison(const UnitReader::Options& options)
      : rejects_kept_(options.rejects_kept), reader_(options) {}

  // What differs, in words; empty where all is the same. `lines` are the reference's.
  std::string difference(std::string_view file, const Plan& plan,
                         std::span<const ReferenceLine> lines) {
    BytesFile stored(file);
    std::size_t next = 0;  // of the reference's lines
    for (const ByteRange range : plan_units(file.size(), plan.unit_bytes, Compression::none)) {
      sink_.records.clear();
      const UnitTask task{.range = range, .file_bytes = file.size(), .plan = plan};
      const auto outcome = reader_.read(stored, task, sink_);
      if (!outcome) {
        return where(range) + outcome.error().message;
      }
      const std::size_t first = next;
      while (next < lines.size() && lines[next].offset < range.end) {
        ++next;
      }
      std::string found = unit_difference(*outcome, lines.subspan(first, next - first));
      if (range.end == file.size() && outcome->final_newline != file.ends_with('\n')) {
        found = "final_newline";
      }
      if (!found.empty()) {
        return where(range) + found;
      }
    }
    return next == lines.size() ? "" : "lines belong to no unit";
  }

 private:
  static std::string where(ByteRange range) {
    return "unit [" + std::to_string(range.begin) + ", " + std::to_string(range.end) + "): ";
  }

  std::string unit_difference(const UnitOutcome& outcome, std::span<const ReferenceLine> lines) {
    LineCounts counts;
    Int128 sum = 0;
    std::size_t reject = 0;
    for (const ReferenceLine& line : lines) {
      if (line.kind == LineKind::good) {
        if (counts.good >= sink_.records.size() ||
            sink_.records[counts.good] != std::pair(line.key, line.amount)) {
          return "record " + std::to_string(counts.good);
        }
        sum += line.amount;
      }
      counts.good += line.kind == LineKind::good ? 1 : 0;
      counts.blank += line.kind == LineKind::blank ? 1 : 0;
      counts.rejected += line.kind == LineKind::reject ? 1 : 0;
      if (line.kind == LineKind::reject && reject < rejects_kept_) {
        if (reject >= outcome.rejects.size() || outcome.rejects[reject].offset != line.offset ||
            outcome.rejects[reject].line_in_unit != counts.lines()) {
          return "reject " + std::to_string(reject);
        }
        ++reject;
      }
    }
    if (outcome.counts != counts || sink_.records.size() != counts.good) {
      return "counts";
    }
    return outcome.sum != sum ? "sum" : outcome.rejects.size() != reject ? "rejects" : "";
  }

  const std::uint64_t rejects_kept_;
  UnitReader reader_;
  KeptRecords sink_;
};

}  // namespace weir::testing
