// SPDX-License-Identifier: Apache-2.0
// The books of a table: what each commit and each correction added to it, and the corrections
// themselves. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/partial.h"
#include "store/corrections.h"
#include "store/sql_engine.h"

namespace weir {

// What a commit added, or a correction took back: then all of it is negative, and it is no commit.
struct SqlBatch {
  const std::string& table;
  Nanoseconds at = 0;
  std::int64_t commits = 1;
  std::int64_t units = 0;
  std::int64_t keys = 0;
  ControlSum control;
};
// Now and then folds old ones into one row.
Result<void> enter_batch(SqlConnection& db, const SqlBatch& batch);

// What all of them into a table added together.
struct BatchTotals {
  std::int64_t commits = 0;
  std::int64_t units = 0;
  std::int64_t keys = 0;
  ControlSum control;
};
Result<BatchTotals> batch_totals(SqlConnection& db, const std::string& table);

// What the table held before weir, or by rebase.
Result<ControlSum> base_of(SqlConnection& db, const std::string& table);

// What files added that are forgotten.
struct ForgottenFiles {
  std::int64_t files = 0;
  std::int64_t units = 0;
  Int128 amount = 0;
  Int128 history = 0;  // of those that have history
};
Result<ForgottenFiles> forgotten_files(SqlConnection& db, const std::string& table);

// Gives it its number.
Result<Correction> enter_correction(SqlConnection& db, Correction correction);
// The last one of a file; number 0: none.
Result<Correction> last_correction(SqlConnection& db, FileSequence file);
// Of every flow that counts into the table.
Result<std::vector<Correction>> corrections_of(SqlConnection& db, const std::string& table,
                                               std::int64_t after, std::int64_t rows_max);

}  // namespace weir
