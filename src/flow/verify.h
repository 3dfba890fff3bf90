// SPDX-License-Identifier: Apache-2.0
// Proving the books: stored totals against the control sums of every commit, those against the
// units, and (on request) the units against the bytes of the files. It says which book is off, and
// which file where that can be known; it never guesses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "flow/report.h"
#include "io/machine.h"
#include "model/flow.h"
#include "source/source.h"
#include "store/store.h"

namespace weir {

struct VerifyReport {
  Books books;
  std::vector<std::string> faults;  // a sentence each; none: the books balance
  std::uint64_t files_read = 0;     // against their bytes
  std::uint64_t files_gone = 0;     // counted, and no longer there to be read
  bool balanced() const { return faults.empty(); }
};

// What is off within books, a sentence each; none: they balance.
std::vector<std::string> imbalances(const Books& books);

// Reads the whole table once, from one snapshot; a running ingest may go on.
Result<VerifyReport> verify(Store& store);

// The same, and reads every counted file that is still there, on all jobs: its lines, its sum and
// its digest must be those of the ledger.
Result<VerifyReport> verify_with_files(const Machine& machine, Source& source, Store& store,
                                       const FlowSettings& settings, Progress& progress,
                                       const Stop& stop);

}  // namespace weir
