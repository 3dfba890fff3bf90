// SPDX-License-Identifier: Apache-2.0
// Corrections, each within one transaction.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "store/correction_rules.h"
#include "store/rules.h"
#include "store/sql_books.h"
#include "store/sql_parts.h"
#include "store/sql_roll_up.h"
#include "store/sql_rows.h"
#include "store/sql_take_back.h"

namespace weir {
namespace {

constexpr std::int64_t files_per_page = 1000;

class SqlCorrections final : public Corrections {
 public:
  explicit SqlCorrections(const SqlParts& parts) : parts_(parts) {}

  Result<Correction> revoke(const SeenFile& file, const std::string& why) override;
  Result<RolledUp> roll_up(Nanoseconds before, Period into, std::uint64_t rows_max) override;
  Result<Correction> rebase(const std::string& why) override;
  Result<Correction> forget(Nanoseconds finished_before) override;
  Result<std::vector<Correction>> list(std::int64_t after, std::uint64_t rows_max) override;

 private:
  SqlBench bench(SqlTransaction& transaction) const {
    return {transaction.db(), transaction.layout(), parts_.target.flow, parts_.clock.wall()};
  }

  const SqlParts parts_;
};

Result<Correction> SqlCorrections::revoke(const SeenFile& file, const std::string& why) {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(SqlTransaction::Kind::correct));
  TRY_ASSIGN(auto row, find_file(transaction.db(), parts_.target.flow, file.sequence, Lock::yes));
  if (!row) {
    return no_such_file(file);
  }
  if (row->state == FileState::revoked) {
    return last_correction(transaction.db(), file.sequence);
  }
  TRY(check_seen(file, *row));
  TRY_ASSIGN(auto correction,
             revoke_file(bench(transaction), *std::move(row), {CorrectionAction::revoke, why}));
  TRY(transaction.commit());
  return correction;
}

Result<RolledUp> SqlCorrections::roll_up(Nanoseconds before, Period into, std::uint64_t rows_max) {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(SqlTransaction::Kind::correct));
  TRY_ASSIGN(
      const RolledUp rolled,
      weir::roll_up(bench(transaction), {.before = before, .into = into, .rows_max = rows_max}));
  TRY(transaction.commit());
  return rolled;
}

// ---- rebase

Result<Correction> SqlCorrections::rebase(const std::string& why) {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(SqlTransaction::Kind::correct));
  const SqlBench here = bench(transaction);
  ControlSum base;  // totals less what the commits added
  std::uint64_t consumers = 0;
  TRY(scan_table(here.db, here.layout, [&](const SumEntry& entry) -> Result<void> {
    base.add(entry);
    ++consumers;
    return {};
  }));
  TRY_ASSIGN(const BatchTotals batches, batch_totals(here.db, here.layout.name));
  base.amount -= batches.control.amount;
  base.keyed -= batches.control.keyed;
  TRY_ASSIGN(const ControlSum before, base_of(here.db, here.layout.name));
  if (base == before) {
    return Correction{.action = CorrectionAction::rebase};
  }
  TRY_ASSIGN(auto update, here.db.prepare("UPDATE weir_table SET base_amount = ?, base_keyed = ? "
                                          "WHERE name = ?"));
  TRY(update.run({to_text(base.amount), to_hex(base.keyed), here.layout.name}));
  TRY_ASSIGN(auto correction, enter_correction(here.db, {.at = here.now,
                                                         .flow = here.flow,
                                                         .action = CorrectionAction::rebase,
                                                         .why = why,
                                                         .keys = consumers,
                                                         .amount = base.amount - before.amount}));
  TRY(transaction.commit());
  return correction;
}

// ---- forget

class ForgetSteps {
 public:
  ForgetSteps(const SqlBench& bench, Nanoseconds finished_before)
      : bench_(bench), finished_before_(finished_before) {}

  Result<Correction> run();

 private:
  Result<std::vector<FileRow>> next_page();
  Result<void> drop(const FileRow& row);
  Result<void> keep_sums();

  const SqlBench& bench_;
  const Nanoseconds finished_before_;
  FileSequence after_ = 0;
  std::int64_t files_ = 0;
  std::int64_t units_ = 0;
  Int128 amount_ = 0;
  Int128 history_ = 0;
};

Result<Correction> ForgetSteps::run() {
  for (;;) {
    TRY_ASSIGN(const auto page, next_page());
    for (const FileRow& row : page) {
      TRY(drop(row));
      after_ = row.sequence;
    }
    if (page.size() < static_cast<std::size_t>(files_per_page)) {
      break;
    }
  }
  if (files_ == 0) {
    return Correction{.action = CorrectionAction::forget};
  }
  TRY(keep_sums());
  return enter_correction(bench_.db, {.at = bench_.now,
                                      .flow = bench_.flow,
                                      .action = CorrectionAction::forget,
                                      .why = "finished before " + utc_text(finished_before_),
                                      .keys = as_unsigned(files_),
                                      .amount = amount_});
}

// As may_be_forgotten() says; not what another is about to replace.
Result<std::vector<FileRow>> ForgetSteps::next_page() {
  TRY_ASSIGN(auto rows, bench_.db.prepare("SELECT " + std::string(file_columns) + R"(
      FROM weir_file WHERE flow = ? AND sequence > ?
        AND (state IN ('dropped', 'revoked') OR (state = 'done' AND "release" = 'released'))
        AND CASE WHEN finished_at = 0 THEN accepted_at ELSE finished_at END < ?
        AND sequence NOT IN ()" + std::string(replaced_soon) +
                                          R"()
      ORDER BY sequence LIMIT ?)"));
  std::vector<FileRow> page;
  TRY_ASSIGN(bool more, rows.find({bench_.flow, after_, finished_before_, files_per_page}));
  while (more) {
    TRY_ASSIGN(auto row, file_row(rows));
    page.push_back(std::move(row));
    TRY_ASSIGN(more, rows.next());
  }
  return page;
}

Result<void> ForgetSteps::drop(const FileRow& row) {
  for (const char* const sql :
       {"DELETE FROM weir_reject WHERE file = ?", "DELETE FROM weir_unit WHERE file = ?",
        "DELETE FROM weir_file WHERE sequence = ?"}) {
    TRY_ASSIGN(auto remove, bench_.db.prepare(sql));
    TRY(remove.run({row.sequence}));
  }
  ++files_;
  units_ += row.units_done;
  amount_ += row.sum;
  history_ += row.history ? row.sum : 0;
  return {};
}

Result<void> ForgetSteps::keep_sums() {
  TRY_ASSIGN(ForgottenFiles all, forgotten_files(bench_.db, bench_.layout.name));
  TRY_ASSIGN(auto update, bench_.db.prepare(R"(
      UPDATE weir_table SET forgotten_files = ?, forgotten_units = ?, forgotten_amount = ?,
        forgotten_history = ? WHERE name = ?)"));
  return update.run({all.files + files_, all.units + units_, to_text(all.amount + amount_),
                     to_text(all.history + history_), bench_.layout.name});
}

Result<Correction> SqlCorrections::forget(Nanoseconds finished_before) {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(SqlTransaction::Kind::correct));
  const SqlBench here = bench(transaction);
  ForgetSteps steps(here, finished_before);
  TRY_ASSIGN(auto correction, steps.run());
  TRY(transaction.commit());
  return correction;
}

Result<std::vector<Correction>> SqlCorrections::list(std::int64_t after, std::uint64_t rows_max) {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  const auto limit = static_cast<std::int64_t>(std::min<std::uint64_t>(rows_max, INT64_MAX));
  TRY_ASSIGN(auto found, corrections_of(transaction.db(), transaction.layout().name, after, limit));
  TRY(transaction.commit());
  return found;
}

}  // namespace

std::unique_ptr<Corrections> sql_corrections(const SqlParts& parts) {
  return std::make_unique<SqlCorrections>(parts);
}

}  // namespace weir
