// SPDX-License-Identifier: Apache-2.0
// The books, from one snapshot: the whole table, every commit, every file's row, the units of those
// that are not done, and all of history; and the pages of the database themselves.
#include <functional>
#include <utility>

#include "base/text.h"
#include "store/correction_rules.h"
#include "store/identifier.h"
#include "store/rules.h"
#include "store/sql_books.h"
#include "store/sql_history_rows.h"
#include "store/sql_parts.h"
#include "store/sql_rows.h"

namespace weir {
namespace {

constexpr std::size_t faults_max = 100;  // told; after so many a person has seen enough

class AuditSteps {
 public:
  AuditSteps(SqlConnection& db, const SqlLayout& layout) : db_(db), layout_(layout) {}

  Result<Books> run();

 private:
  Result<void> read_forgotten();
  Result<void> read_files(const std::function<Result<void>(const FileRow&)>& visit);
  Result<void> read_file(const FileRow& row);
  Result<void> read_history();
  Result<void> name_off_file(const FileRow& row);
  Result<void> count_strays();
  Result<void> check_pages();
  void fault(std::string sentence);

  SqlConnection& db_;
  const SqlLayout& layout_;
  Books books_;
  HistoryAudit history_;
  std::int64_t units_done_ = 0;
};

void AuditSteps::fault(std::string sentence) {
  if (books_.faults.size() < faults_max) {
    books_.faults.push_back(std::move(sentence));
  } else if (books_.faults.size() == faults_max) {
    books_.faults.emplace_back("and more");
  }
}

Result<Books> AuditSteps::run() {
  TRY(check_pages());
  TRY_ASSIGN(books_.base, base_of(db_, layout_.name));
  TRY(scan_table(db_, layout_, [&](const SumEntry& entry) -> Result<void> {
    books_.totals.add(entry);
    ++books_.consumers;
    return {};
  }));
  TRY(read_forgotten());
  TRY(read_files([this](const FileRow& row) { return read_file(row); }));
  TRY(read_history());
  TRY(count_strays());
  TRY_ASSIGN(const BatchTotals batches, batch_totals(db_, layout_.name));
  books_.batches = batches.control;
  if (batches.units != units_done_) {
    fault("the commits counted " + std::to_string(batches.units) + " units, the files have " +
          std::to_string(units_done_) + " done");
  }
  return std::move(books_);
}

Result<void> AuditSteps::read_forgotten() {
  TRY_ASSIGN(const ForgottenFiles forgotten, forgotten_files(db_, layout_.name));
  books_.units = forgotten.amount;
  units_done_ = forgotten.units;
  history_.expect_forgotten(forgotten.history);
  return {};
}

// Of every flow that counts into this table.
Result<void> AuditSteps::read_files(const std::function<Result<void>(const FileRow&)>& visit) {
  TRY_ASSIGN(auto rows, db_.prepare("SELECT " + std::string(file_columns) + R"(
      FROM weir_file JOIN weir_flow ON weir_flow.name = weir_file.flow
      WHERE weir_flow.table_name = ?)",
                                    SqlRows::many));
  TRY_ASSIGN(bool more, rows.find({layout_.name}));
  while (more) {
    TRY_ASSIGN(const FileRow row, file_row(rows));
    TRY(visit(row));
    TRY_ASSIGN(more, rows.next());
  }
  return {};
}

Result<void> AuditSteps::read_file(const FileRow& row) {
  std::vector<UnitRow> units;
  if (!all_done(row)) {
    TRY_ASSIGN(units, find_units(db_, row.sequence, row.epoch));
  }
  for (std::string& sentence : ledger_faults(row, units)) {
    fault(std::move(sentence));
  }
  ++books_.files;
  books_.units += row.sum;
  units_done_ += row.units_done;
  history_.expect(row);
  return {};
}

Result<void> AuditSteps::read_history() {
  if (layout_.history.empty()) {
    return {};
  }
  TRY_ASSIGN(auto rows,
             db_.prepare("SELECT file, amount FROM " + quoted(layout_.history), SqlRows::many));
  TRY_ASSIGN(bool more, rows.find({}));
  while (more) {
    history_.add_row(rows.integer(0), rows.amount(1));
    TRY_ASSIGN(more, rows.next());
  }
  if (history_.difference() != 0) {
    fault(history_fault(layout_.name, history_.difference()));
  }
  if (history_.files_agree()) {
    return {};
  }
  return read_files([this](const FileRow& row) { return name_off_file(row); });
}

Result<void> AuditSteps::name_off_file(const FileRow& row) {
  if (!HistoryAudit::is_compared(row) || books_.faults.size() > faults_max) {
    return {};
  }
  TRY_ASSIGN(auto rows, db_.prepare("SELECT amount FROM " + db_.engine().history_by_time(layout_) +
                                        " WHERE at = ? AND file = ?",
                                    SqlRows::many));
  Int128 found = 0;
  TRY_ASSIGN(bool more, rows.find({seconds_of(row.accepted_at), row.sequence}));
  while (more) {
    found += rows.amount(0);
    TRY_ASSIGN(more, rows.next());
  }
  if (found != row.sum) {
    fault(file_history_fault(row, found));
  }
  return {};
}

// Rows that belong to no file, to one that is done, or to a plan that was given up.
Result<void> AuditSteps::count_strays() {
  TRY_ASSIGN(const auto units, db_.integer_of(R"(
      SELECT count(*) FROM weir_unit AS u WHERE NOT EXISTS
        (SELECT 1 FROM weir_file AS f WHERE f.sequence = u.file AND f.epoch = u.epoch
           AND f.units_done < f.units))"));
  if (units > 0) {
    fault(std::to_string(units) + " rows of units belong to no open file");
  }
  TRY_ASSIGN(const auto rejects, db_.integer_of(R"(
      SELECT count(*) FROM (SELECT file, count(*) AS kept FROM weir_reject GROUP BY file) AS r
        LEFT JOIN weir_file AS f ON f.sequence = r.file
      WHERE f.sequence IS NULL OR r.kept > f.rejected)"));
  if (rejects > 0) {
    fault("of " + std::to_string(rejects) + " files more rejects are kept than were counted");
  }
  return {};
}

Result<void> AuditSteps::check_pages() {
  TRY_ASSIGN(auto sentences, db_.engine().damage(db_));
  for (std::string& sentence : sentences) {
    fault(std::move(sentence));
  }
  return {};
}

class SqlAudit final : public Audit {
 public:
  explicit SqlAudit(const SqlParts& parts) : parts_(parts) {}

  Result<Books> books() override {
    SqlTransaction transaction(parts_.reading);
    TRY(transaction.begin(SqlTransaction::Kind::read));
    TRY_ASSIGN(auto books, read_books(transaction.db(), transaction.layout()));
    TRY(transaction.commit());
    return books;
  }

 private:
  const SqlParts parts_;
};

}  // namespace

Result<Books> read_books(SqlConnection& db, const SqlLayout& layout) {
  AuditSteps steps(db, layout);
  return steps.run();
}

std::unique_ptr<Audit> sql_audit(const SqlParts& parts) {
  return std::make_unique<SqlAudit>(parts);
}

}  // namespace weir
