// SPDX-License-Identifier: Apache-2.0
// From stored bytes to records: reads one unit of a file, by the first-byte rule, inflates it where
// it is compressed, and hands its records to a sink. What the lines mean: docs/file-formats.md.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "base/result.h"
#include "base/stop.h"
#include "base/tasks.h"
#include "io/file_system.h"
#include "model/file.h"
#include "model/usage.h"

namespace weir {

// A unit to read.
struct UnitTask {
  UnitId id;
  ByteRange range;               // of stored bytes; the whole file where it is compressed
  std::uint64_t file_bytes = 0;  // pinned size
  const Plan& plan;
};

// Reads units, one after another; keeps its buffers between them. One thread.
class UnitReader {
 public:
  struct Options {
    std::uint64_t rejects_kept = 1000;
    bool digest = true;                                // weir sum needs none
    std::atomic<std::uint64_t>* bytes_read = nullptr;  // stored bytes of units, added to as read
    const Stop* stop = nullptr;                        // leaves early with `unavailable`
    std::size_t block_bytes = 512 << 10;               // read at once, from multiples of it
    std::size_t batch_records = 1024;                  // to the sink at once, about
    Vectors vectors = vectors_of_machine();            // what they compute never depends on it
    Tasks* tasks = nullptr;  // one reads pipes and large compressed files ahead; nothing: none
  };
  explicit UnitReader(const Options& options);
  ~UnitReader();
  UnitReader(const UnitReader&) = delete;
  UnitReader& operator=(const UnitReader&) = delete;

  // The records whose first byte lies in the range, in order, into the sink. After an error the
  // sink holds some of them: throw its fold away. `invalid`: the file ends before its pinned size,
  // or its compressed stream is truncated, corrupt, or inflates to more than the plan allows. The
  // unit that ends with the file says whether the file ends with a newline.
  Result<UnitOutcome> read(ReadFile& file, const UnitTask& task, UsageSink& sink);

  // All records of a stream that can be read once only (a pipe), to its end: compressed or not,
  // seen by its first bytes.
  Result<UnitOutcome> read_stream(ReadFile& stream, const FormatOptions& format, UsageSink& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What the first bytes of a file tell.
struct Sniffed {
  Compression compression = Compression::none;  // by content, not by name
  LineCounts counts;      // of the first limits::sniff_bytes (inflated), the last cut line left out
  std::string complaint;  // not empty: the file looks wrong; says why, with a hint at the remedy
};

// `invalid`: corrupt already in its first bytes.
Result<Sniffed> sniff(ReadFile& file, std::uint64_t file_bytes, const FormatOptions& format,
                      double reject_ratio_max);

// The unit plan: [k·C, min((k+1)·C, size)); one unit for a compressed file; none for an empty one.
std::vector<ByteRange> plan_units(std::uint64_t file_bytes, std::uint64_t unit_bytes,
                                  Compression compression);

}  // namespace weir
