// SPDX-License-Identifier: Apache-2.0
#include "store/sql_books.h"

#include <utility>

#include "base/text.h"
#include "store/sql_rows.h"

namespace weir {
namespace {

// Every so many commits the books of a table are folded into one row; a prime, so that tables which
// take turns all come by.
constexpr std::int64_t batches_per_fold = 1021;

constexpr std::string_view insert_batch =
    "INSERT INTO weir_batch(table_name, at, commits, units, \"keys\", amount, keyed) "
    "VALUES(?, ?, ?, ?, ?, ?, ?)";

struct BatchRows {
  BatchTotals totals;
  std::vector<std::int64_t> numbers;
};

Result<BatchRows> read_batches(SqlConnection& db, const std::string& table,
                               std::string_view locked) {
  TRY_ASSIGN(auto rows, db.prepare("SELECT number, commits, units, \"keys\", amount, keyed "
                                   "FROM weir_batch WHERE table_name = ?" +
                                   std::string(locked)));
  BatchRows all;
  TRY_ASSIGN(bool more, rows.find({table}));
  while (more) {
    all.numbers.push_back(rows.integer(0));
    all.totals.commits += rows.integer(1);
    all.totals.units += rows.integer(2);
    all.totals.keys += rows.integer(3);
    ControlSum control;
    TRY_ASSIGN(control.amount, sum_from(rows.bytes(4)));
    TRY_ASSIGN(control.keyed, digest_from(rows.bytes(5)));
    all.totals.control += control;
    TRY_ASSIGN(more, rows.next());
  }
  return all;
}

// A row for every commit would be a table without end. Exactly the rows that were read go: others
// may be entered, or folded, beside this.
Result<void> fold_batches(SqlConnection& db, const SqlBatch& last) {
  TRY_ASSIGN(const BatchRows all, read_batches(db, last.table, db.engine().words().locked));
  TRY_ASSIGN(auto remove, db.prepare("DELETE FROM weir_batch WHERE number = ?"));
  for (const std::int64_t number : all.numbers) {
    TRY(remove.run({number}));
  }
  TRY_ASSIGN(auto insert, db.prepare(insert_batch));
  const BatchTotals& totals = all.totals;
  return insert.run({last.table, last.at, totals.commits, totals.units, totals.keys,
                     to_text(totals.control.amount), to_hex(totals.control.keyed)});
}

Error lost_row() {
  return {ErrorKind::corrupt, "weir_table has lost the row of the table"};
}

constexpr std::string_view correction_columns =
    "c.number, c.at, c.flow, c.action, c.file, c.path, c.why, c.\"keys\", c.amount";

Result<Correction> correction_from(const SqlStatement& row) {
  Correction correction{.number = row.integer(0),
                        .at = row.integer(1),
                        .flow = std::string(row.bytes(2)),
                        .file = row.integer(4),
                        .path = std::string(row.bytes(5)),
                        .why = std::string(row.bytes(6)),
                        .keys = as_unsigned(row.integer(7))};
  TRY_ASSIGN(correction.amount, sum_from(row.bytes(8)));
  for (const CorrectionAction action : {CorrectionAction::revoke, CorrectionAction::replace,
                                        CorrectionAction::rebase, CorrectionAction::forget}) {
    if (name(action) == row.bytes(3)) {
      correction.action = action;
      return correction;
    }
  }
  return Error{ErrorKind::corrupt, "weir_correction holds the action '" +
                                       escaped(row.bytes(3), 64) + "', which weir never writes"};
}

}  // namespace

Result<void> enter_batch(SqlConnection& db, const SqlBatch& batch) {
  const std::string amount = to_text(batch.control.amount);
  const std::string keyed = to_hex(batch.control.keyed);
  TRY_ASSIGN(const auto number, db.insert(insert_batch, "number",
                                          {batch.table, batch.at, batch.commits, batch.units,
                                           batch.keys, amount, keyed}));
  return *number % batches_per_fold == 0 ? fold_batches(db, batch) : Result<void>();
}

Result<BatchTotals> batch_totals(SqlConnection& db, const std::string& table) {
  TRY_ASSIGN(const BatchRows all, read_batches(db, table, ""));
  return all.totals;
}

Result<ControlSum> base_of(SqlConnection& db, const std::string& table) {
  TRY_ASSIGN(auto row, db.prepare("SELECT base_amount, base_keyed FROM weir_table WHERE name = ?"));
  TRY_ASSIGN(const bool found, row.find({table}));
  if (!found) {
    return lost_row();
  }
  ControlSum base;
  TRY_ASSIGN(base.amount, sum_from(row.bytes(0)));
  TRY_ASSIGN(base.keyed, digest_from(row.bytes(1)));
  return base;
}

Result<ForgottenFiles> forgotten_files(SqlConnection& db, const std::string& table) {
  TRY_ASSIGN(auto row, db.prepare("SELECT forgotten_files, forgotten_units, forgotten_amount, "
                                  "forgotten_history FROM weir_table WHERE name = ?"));
  TRY_ASSIGN(const bool found, row.find({table}));
  if (!found) {
    return lost_row();
  }
  ForgottenFiles all{.files = row.integer(0), .units = row.integer(1)};
  TRY_ASSIGN(all.amount, sum_from(row.bytes(2)));
  TRY_ASSIGN(all.history, sum_from(row.bytes(3)));
  return all;
}

Result<Correction> enter_correction(SqlConnection& db, Correction correction) {
  const std::string amount = to_text(correction.amount);
  TRY_ASSIGN(
      const auto number,
      db.insert("INSERT INTO weir_correction(at, flow, action, file, path, why, \"keys\", "
                "amount) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                "number",
                {correction.at, correction.flow, name(correction.action), correction.file,
                 SqlBlob{correction.path}, correction.why, as_signed(correction.keys), amount}));
  correction.number = *number;
  return correction;
}

Result<Correction> last_correction(SqlConnection& db, FileSequence file) {
  TRY_ASSIGN(auto row, db.prepare("SELECT " + std::string(correction_columns) +
                                  " FROM weir_correction AS c WHERE c.file = ? "
                                  "ORDER BY c.number DESC LIMIT 1"));
  TRY_ASSIGN(const bool found, row.find({file}));
  return found ? correction_from(row) : Correction{.file = file};
}

Result<std::vector<Correction>> corrections_of(SqlConnection& db, const std::string& table,
                                               std::int64_t after, std::int64_t rows_max) {
  TRY_ASSIGN(auto rows, db.prepare("SELECT " + std::string(correction_columns) + R"(
      FROM weir_correction AS c JOIN weir_flow AS w ON w.name = c.flow
      WHERE w.table_name = ? AND c.number > ? ORDER BY c.number LIMIT ?)"));
  std::vector<Correction> found;
  TRY_ASSIGN(bool more, rows.find({table, after, rows_max}));
  while (more) {
    TRY_ASSIGN(auto correction, correction_from(rows));
    found.push_back(std::move(correction));
    TRY_ASSIGN(more, rows.next());
  }
  return found;
}

}  // namespace weir
