// SPDX-License-Identifier: Apache-2.0
// Taking back what a file added, within the caller's transaction. Private to this folder.
#pragma once

#include <string>

#include "store/corrections.h"
#include "store/sql_engine.h"

namespace weir {

// Where it is done. Borrows all.
struct SqlBench {
  SqlConnection& db;
  const SqlLayout& layout;
  const std::string& flow;
  Nanoseconds now = 0;
};

// Why, for the record of corrections.
struct SqlReason {
  CorrectionAction action = CorrectionAction::revoke;
  std::string why;
};

// What is left to do when the totals have been lowered by it already: its history, rejects and
// units go (of itself: units stay), the books and the record of corrections are written. `keys` and
// `control` are what it took from the totals.
struct SqlTaken {
  std::uint64_t keys = 0;
  ControlSum control;  // negative
};
Result<Correction> enter_taken(const SqlBench& bench, const FileRow& file, const SqlTaken& taken,
                               const SqlReason& reason);

// All of it: the file becomes a revoked one, and its row is written. `invalid`: see Corrections.
Result<Correction> revoke_file(const SqlBench& bench, FileRow file, const SqlReason& reason);

// Where the file is done and replaces another, or itself by nothing: that one is taken back. The
// caller writes the row.
Result<void> settle_replacement(const SqlBench& bench, FileRow& row);

}  // namespace weir
