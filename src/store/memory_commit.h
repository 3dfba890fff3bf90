// SPDX-License-Identifier: Apache-2.0
// The commit into a memory database. Private to this folder.
#pragma once

#include <span>
#include <string>

#include "store/memory_database.h"

namespace weir {

struct MemoryCommit {
  const std::string& flow;
  bool keeps_history = false;  // of files that nothing is counted of yet
  Nanoseconds now = 0;
  std::span<const UnitOutcome> units;
  const MemorySums& sums;
};

// Committer::commit, with the partial read already. Under the mutex.
Result<Receipt> commit_to(MemoryDatabase& database, const MemoryCommit& commit);

}  // namespace weir
