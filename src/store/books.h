// SPDX-License-Identifier: Apache-2.0
// The books of a table. A part of the store seam, see store.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/partial.h"

namespace weir {

// The books of the table, over every flow that counts into it, all read from one snapshot. They
// balance when totals = base + batches, batches.amount = units, every file's row holds what its
// units say, and the rows of history make up what the files that have one added.
struct Books {
  ControlSum base;     // what the table held before weir
  ControlSum totals;   // what it holds now
  ControlSum batches;  // Σ over every commit
  Int128 units = 0;    // Σ over every counted unit, also of files that are forgotten
  std::uint64_t consumers = 0;
  std::uint64_t files = 0;
  std::vector<std::string> faults;  // what does not hold within the ledger, a sentence each
  bool operator==(const Books&) const = default;
};

}  // namespace weir
