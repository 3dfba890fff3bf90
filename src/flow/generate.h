// SPDX-License-Identifier: Apache-2.0
// Makes usage files for trying, testing and benchmarking. What a file holds follows from the seed,
// its number and the options alone: only integer arithmetic is used, so the same seed gives the
// same lines on any machine, however fast it writes. (Stored bytes of a compressed file also depend
// on the version of zlib or libzstd.)
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/int128.h"
#include "base/result.h"
#include "base/stop.h"
#include "flow/report.h"
#include "io/machine.h"
#include "model/format.h"
#include "model/partial.h"
#include "model/reject.h"
#include "model/unit.h"

namespace weir {

enum class Distribution {
  uniform,
  zipf,  // the consumer of rank r is 1/r as frequent as the first
};

enum class ConsumerNames {
  dense,   // 1 to the number of consumers
  sparse,  // distinct numbers all over 63 bits; the same for every seed
  text,    // "lyra-1", "zoë-2", …: for key = "text"
};

struct GenerateOptions {
  std::string folder;  // made, if it is not there (its parent must be)
  std::string prefix = "usage";
  std::uint64_t seed = 1;
  std::uint64_t first_file = 1;
  std::uint64_t files = 1;  // 0: as many as the duration allows, or until stopped

  // Exactly one of the three. Bad and blank lines count as lines; bytes are before compression, and
  // a file ends with the line that reaches them.
  std::uint64_t lines_in_all = 0;  // spread evenly; needs `files`
  std::uint64_t lines_per_file = 0;
  std::uint64_t bytes_per_file = 0;

  std::uint64_t consumers = 1000;
  Distribution distribution = Distribution::uniform;
  ConsumerNames names = ConsumerNames::dense;
  std::int64_t amount_min = 0;
  std::int64_t amount_max = 1000;
  // Bad by the rules of the default format: separator = "space", negative = false (true where
  // amount_min is below 0), and the key of these names.
  std::uint32_t bad_per_million = 0;
  std::uint32_t blank_per_million = 0;
  std::vector<Compression> compressions = {Compression::none};  // in turn; none, gzip, zstd

  std::uint64_t lines_per_second = 0;  // 0: as fast as can be
  std::uint64_t files_per_second = 0;  // the same
  Nanoseconds duration = 0;            // 0: no end but the number of files
  bool sync = true;                    // each file is on the disk before it gets its name
  bool totals = false;                 // 16 bytes of memory a consumer

  // Called with the path of each file once it has its name; where files are synced, the name is on
  // the disk, too: who is told of a file may count on it.
  std::function<void(const std::string& path)> finished = {};
};

// Of files that were finished; one that was not is removed, and counts nowhere.
struct GenerateSummary {
  std::uint64_t files = 0;
  LineCounts counts;  // rejected: the bad ones
  std::map<RejectReason, std::uint64_t> bad;
  std::uint64_t bytes = 0;         // of lines
  std::uint64_t bytes_stored = 0;  // of files
  bool stopped = false;            // on request; the end of the duration is not one
  std::vector<Int128> sums;        // by rank, the first consumer at 0; empty without `totals`
  std::vector<bool> seen;          // the same; a consumer may be seen, and its sum be 0
};

// Called between blocks, by the calling thread: bytes and lines begun so far, files finished.
struct GenerateProgress {
  std::uint64_t files = 0;
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
};
using GenerateWatcher = std::function<void(const GenerateProgress&)>;

// Writes `.NAME.tmp`, then renames it to NAME = PREFIX-SEED-NUMBER.txt[.gz|.zst]; never appends to
// or replaces what is there: `invalid`. Several generators may write into one folder if their
// prefix or seed differ. Either watcher or notes may be empty.
Result<GenerateSummary> generate(const Machine& machine, const GenerateOptions& options,
                                 const GenerateWatcher& watcher, const Notes& notes,
                                 const Stop& stop);

using TotalsWriter = std::function<Result<void>(std::span<const SumEntry>)>;

// The totals of what was generated, ascending, as `weir sum` gives them.
Result<void> write_generated_totals(const GenerateOptions& options, const GenerateSummary& summary,
                                    const TotalsWriter& write);

}  // namespace weir
