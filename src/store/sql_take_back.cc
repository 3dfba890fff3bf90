// SPDX-License-Identifier: Apache-2.0
#include "store/sql_take_back.h"

#include <utility>

#include "store/correction_rules.h"
#include "store/sql_books.h"
#include "store/sql_history_rows.h"
#include "store/sql_rows.h"

namespace weir {
namespace {

// Lowers the totals.
Result<SqlTaken> take_from_totals(const SqlBench& bench, const FileRow& file) {
  if (!contributes(file)) {
    return SqlTaken();
  }
  TRY(check_revocable(file));
  TakenBack rows(bench.db, bench.layout, file);
  TRY_ASSIGN(const SqlAdded added, bench.db.engine().add(bench.db, bench.layout, rows));
  TRY(rows.check());
  return SqlTaken{.keys = added.keys, .control = added.control};
}

}  // namespace

Result<Correction> enter_taken(const SqlBench& bench, const FileRow& file, const SqlTaken& taken,
                               const SqlReason& reason) {
  if (contributes(file)) {
    TRY(remove_contribution(bench.db, bench.layout, file));
    TRY(enter_batch(bench.db, {.table = bench.layout.name,
                               .at = bench.now,
                               .commits = 0,
                               .units = -static_cast<std::int64_t>(file.units_done),
                               .keys = 0,
                               .control = taken.control}));
  }
  return enter_correction(bench.db, {.at = bench.now,
                                     .flow = bench.flow,
                                     .action = reason.action,
                                     .file = file.sequence,
                                     .path = file.path,
                                     .why = reason.why,
                                     .keys = taken.keys,
                                     .amount = taken.control.amount});
}

Result<Correction> revoke_file(const SqlBench& bench, FileRow file, const SqlReason& reason) {
  TRY_ASSIGN(const SqlTaken taken, take_from_totals(bench, file));
  TRY_ASSIGN(auto units, bench.db.prepare("DELETE FROM weir_unit WHERE file = ?"));
  TRY(units.run({file.sequence}));
  TRY_ASSIGN(auto correction, enter_taken(bench, file, taken, reason));
  revoke_row(file, reason.why);
  TRY(update_file(bench.db, file));
  return correction;
}

Result<void> settle_replacement(const SqlBench& bench, FileRow& row) {
  if (row.state != FileState::done || row.replaces == 0) {
    return {};
  }
  if (holds_old_version(row)) {
    TRY_ASSIGN(const SqlTaken taken, take_from_totals(bench, row));
    TRY(enter_taken(bench, row, taken, {CorrectionAction::replace, std::string(new_version)}));
    begin_counting(row, true);
    return {};
  }
  TRY_ASSIGN(auto other,
             find_file(bench.db, bench.flow, std::exchange(row.replaces, 0), Lock::yes));
  if (other && other->state != FileState::revoked) {
    TRY(revoke_file(bench, *std::move(other), {CorrectionAction::replace, replaced_by(row)}));
  }
  return {};
}

}  // namespace weir
