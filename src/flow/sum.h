// SPDX-License-Identifier: Apache-2.0
// Totals of some files without a database: what `awk '{a[$1]+=$2}'` is used for, exact.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
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

// What to sum: every object of the source, then the streams (standard input), in parallel where
// they are large. `write` gets the totals, ascending, a batch at a time; its error ends the sum.
struct SumInput {
  Source* source = nullptr;    // may be absent
  ReadFile* stream = nullptr;  // a pipe; may be absent
};
using TotalsWriter = std::function<Result<void>(std::span<const SumEntry>)>;

Result<SumSummary> sum(const Machine& machine, const SumInput& input, const FlowSettings& settings,
                       const TotalsWriter& write, Progress& progress, const Stop& stop);

}  // namespace weir
