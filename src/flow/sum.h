// SPDX-License-Identifier: Apache-2.0
// Totals of some files without a database: what `awk '{a[$1]+=$2}'` is used for, exact.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "flow/report.h"
#include "io/machine.h"
#include "model/flow.h"
#include "model/partial.h"
#include "source/source.h"

namespace weir {

struct SumSummary {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  LineCounts counts;
  std::uint64_t keys = 0;
  std::uint64_t bytes_spilled = 0;
  std::vector<std::pair<std::string, Reject>> rejects;  // the first few: path and reject
  std::vector<std::string>
      failures;  // files that could not be summed whole: nothing of them counts
};

// What to sum: every object of the source, then the stream (standard input), in parallel where they
// are large.
struct SumInput {
  Source* source = nullptr;    // may be absent
  ReadFile* stream = nullptr;  // a pipe; may be absent
};

// Some totals as text, ascending. One thread at a time.
class TotalsBlock {
 public:
  virtual ~TotalsBlock() = default;
  virtual void add(std::span<const SumEntry> entries) = 0;
  virtual std::string_view text() const = 0;  // until the next call
  virtual void clear() = 0;
};

// Where totals go: several blocks are filled at the same time, on any thread, and written in order,
// one at a time. An error of `write` ends the sum.
struct TotalsOutput {
  std::function<std::unique_ptr<TotalsBlock>()> block;
  std::function<Result<void>(std::string_view text)> write;
};

Result<SumSummary> sum(const Machine& machine, const SumInput& input, const FlowSettings& settings,
                       const TotalsOutput& output, Progress& progress, const Stop& stop);

}  // namespace weir
