// SPDX-License-Identifier: Apache-2.0
// The pass: lists a source, accepts what is new, counts what is pending, and leaves.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"
#include "flow/poison.h"
#include "flow/report.h"
#include "io/machine.h"
#include "model/flow.h"
#include "source/source.h"
#include "store/store.h"

namespace weir {

struct IngestSummary {
  std::uint64_t files_seen = 0;         // listed
  std::uint64_t files_known = 0;        // counted, quarantined or dropped before this pass
  std::uint64_t files_counted = 0;      // finished by this pass
  std::uint64_t files_quarantined = 0;  // set aside by this pass
  std::uint64_t files_waiting = 0;  // accepted, and not finished: stopped, or unreadable for now
  std::uint64_t bytes = 0;          // stored bytes of the units counted
  LineCounts counts;
  std::uint64_t keys = 0;  // rows written, over all commits
  std::uint64_t commits = 0;
  Nanoseconds committing = 0;  // how long the store took for them, with what was tried in vain
  std::uint64_t files_released = 0;  // moved, archived or deleted: of this pass, or of earlier ones
  std::uint64_t files_unfinished = 0;  // still open for writing: left for a later pass
  std::uint64_t bytes_spilled = 0;
  std::map<std::string, std::uint64_t> skipped;  // why, and how many
  bool stopped = false;                          // drained on request
};

// One process's ingest at a time per store; the store admits more. Repeatable: a second pass finds
// nothing new. An error says what could not be reached; all that was committed stands.
Result<IngestSummary> ingest(const Machine& machine, Source& source, Store& store,
                             const FlowSettings& settings, Progress& progress, const Notes& notes,
                             const Stop& stop, Poison* poison = nullptr);

}  // namespace weir
