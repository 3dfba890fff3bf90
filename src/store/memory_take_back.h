// SPDX-License-Identifier: Apache-2.0
// Taking back what a file added to a memory database. Under the mutex. Private to this folder.
#pragma once

#include <string>

#include "store/memory_database.h"

namespace weir {

// What is to be taken back, found before anything is changed.
struct MemoryTaken {
  FileRow file;             // as it was
  bool is_version = false;  // an old version: its file stays
  CorrectionAction action = CorrectionAction::replace;
  std::string why;
  MemorySums sums;     // what it added, negative, ascending
  ControlSum control;  // of them
};

// `invalid`: it cannot be taken back. `corrupt`: its history is not what its row says.
Result<MemoryTaken> find_contribution(const MemoryDatabase& database, const FileRow& file);

struct MemoryMoment {
  const std::string& flow;
  Nanoseconds now = 0;
};

// The totals have been lowered; all the rest: books, history, rejects, the file's row and units,
// and the record.
Correction enter_taken(MemoryDatabase& database, const MemoryTaken& taken,
                       const MemoryMoment& moment);

// All of it, totals included. Nothing is changed where it is refused.
Result<Correction> take_back(MemoryDatabase& database, const MemoryTaken& taken,
                             const MemoryMoment& moment);

// Where the row, which is to become that of a file, is done and replaces another: that one is taken
// back. Nothing is changed where it is refused.
Result<void> settle_replacement(MemoryDatabase& database, FileRow& row, const MemoryMoment& moment);

// Gives it its number.
Correction enter_correction(MemoryDatabase& database, Correction correction);

}  // namespace weir
