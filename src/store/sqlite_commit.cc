// SPDX-License-Identifier: Apache-2.0
// The commit: one transaction, in which units turn from pending to done, once, and their sums are
// added. What makes it exactly once is the flip's WHERE state = 'pending' and the count of rows.
//
//   BEGIN IMMEDIATE
//     flip     each unit of the batch, one row each, or nothing at all
//     add      the partial; it must be the sum of the units
//     keep     the rejects
//     fold     a file whose units are all done: its row says it all, its unit rows go
//     enter    the batch in the books
//   COMMIT
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/rules.h"
#include "store/sqlite_parts.h"
#include "store/sqlite_rows.h"
#include "store/sqlite_upsert.h"

namespace weir {
namespace {

// Every so many commits the books of a table are folded into one row; a prime, so that tables which
// take turns all come by.
constexpr std::int64_t batches_per_fold = 1021;

// One commit, within its transaction.
class CommitSteps {
 public:
  CommitSteps(SqliteConnection& db, const SqliteParts& parts, const SqliteLayout& layout)
      : db_(db), flow_(parts.options.flow), layout_(layout), now_(parts.clock.wall()) {}

  Result<Receipt> run(const Batch& batch);

 private:
  Result<void> flip(std::span<const UnitOutcome> units);
  Result<void> flip_one(SqliteStatement& update, const UnitOutcome& unit);
  Result<FileRow*> file_of(const UnitId& unit);
  Result<void> keep_rejects(std::span<const UnitOutcome> units);
  Result<std::vector<FinishedFile>> fold_files();
  Result<FinishedFile> finish(FileRow& row);
  Result<void> resolve_lines(const FileRow& row);
  Result<std::string> earlier_copy(const FileRow& row);
  Result<void> enter_batch(const SqliteAdded& added, std::size_t units);
  Result<void> fold_batches();

  SqliteConnection& db_;
  const std::string& flow_;
  const SqliteLayout& layout_;
  const Nanoseconds now_;
  std::vector<FileRow> files_;  // of the batch, ascending
  Int128 sum_ = 0;              // of its units
};

Result<Receipt> CommitSteps::run(const Batch& batch) {
  TRY(flip(batch.units));
  TRY_ASSIGN(const SqliteAdded added, add_partial(db_, layout_, batch.partial));
  if (added.control.amount != sum_) {
    return partial_is_not_its_units(added.control.amount, sum_);
  }
  TRY(keep_rejects(batch.units));
  TRY_ASSIGN(auto finished, fold_files());
  TRY(enter_batch(added, batch.units.size()));
  return Receipt{.finished = std::move(finished), .keys = added.keys};
}

Result<void> CommitSteps::flip(std::span<const UnitOutcome> units) {
  TRY_ASSIGN(auto update, db_.prepare(R"(
      UPDATE weir_unit SET state = 'done', good = ?, rejected = ?, blank = ?, sum = ?, digest = ?,
        done_at = ?
      WHERE file = ? AND epoch = ? AND number = ? AND shard = ? AND state = 'pending')"));
  for (const UnitOutcome& unit : units) {
    TRY(flip_one(update, unit));
  }
  return {};
}

Result<void> CommitSteps::flip_one(SqliteStatement& update, const UnitOutcome& unit) {
  TRY_ASSIGN(FileRow* const file, file_of(unit.id));
  TRY(update.run({as_signed(unit.counts.good), as_signed(unit.counts.rejected),
                  as_signed(unit.counts.blank), to_text(unit.sum), to_hex(unit.digest), now_,
                  unit.id.file, unit.id.epoch, unit.id.number, unit.id.shard}));
  if (db_.rows_changed() != 1) {
    return unit_not_pending(unit.id, "is done already");
  }
  count_unit(*file, unit);
  sum_ += unit.sum;
  return {};
}

// The row of the unit's file; units come in order of their files.
Result<FileRow*> CommitSteps::file_of(const UnitId& unit) {
  if (files_.empty() || files_.back().sequence != unit.file) {
    TRY_ASSIGN(auto row, find_file(db_, flow_, unit.file));
    TRY(check_open(unit, row ? &*row : nullptr));
    files_.push_back(*std::move(row));
  }
  TRY(check_open(unit, &files_.back()));
  return &files_.back();
}

Result<void> CommitSteps::keep_rejects(std::span<const UnitOutcome> units) {
  TRY_ASSIGN(auto insert, db_.prepare("INSERT INTO weir_reject VALUES(?, ?, ?, ?, ?, ?, NULL)"));
  for (const UnitOutcome& unit : units) {
    for (const Reject& reject : unit.rejects) {
      TRY(insert.run({unit.id.file, unit.id.number, as_signed(reject.line_in_unit),
                      as_signed(reject.offset), name(reject.reason), reject.text}));
    }
  }
  return {};
}

Result<std::vector<FinishedFile>> CommitSteps::fold_files() {
  std::vector<FinishedFile> finished;
  for (FileRow& row : files_) {
    if (all_done(row)) {
      TRY_ASSIGN(auto file, finish(row));
      finished.push_back(std::move(file));
    }
    TRY(update_file(db_, row));
  }
  return finished;
}

Result<FinishedFile> CommitSteps::finish(FileRow& row) {
  TRY(resolve_lines(row));
  TRY_ASSIGN(auto remove, db_.prepare("DELETE FROM weir_unit WHERE file = ?"));
  TRY(remove.run({row.sequence}));
  row.state = FileState::done;
  row.finished_at = now_;
  TRY_ASSIGN(auto copy, earlier_copy(row));
  return FinishedFile{.file = row.sequence, .path = row.path, .duplicate_of = std::move(copy)};
}

// Now that every unit before them is counted, rejects can be given their line in the file.
Result<void> CommitSteps::resolve_lines(const FileRow& row) {
  if (row.counts.rejected == 0) {
    return {};
  }
  TRY_ASSIGN(const auto units, find_units(db_, row.sequence, row.epoch));
  TRY_ASSIGN(auto update, db_.prepare("UPDATE weir_reject SET line = line_in_unit + ? "
                                      "WHERE file = ? AND unit = ?"));
  std::int64_t number = 0;
  for (const std::uint64_t before : lines_before_units(units)) {
    TRY(update.run({as_signed(before), row.sequence, number++}));
  }
  return {};
}

// An earlier finished file of this flow with the same bytes; empty: none.
Result<std::string> CommitSteps::earlier_copy(const FileRow& row) {
  TRY_ASSIGN(auto select, db_.prepare(R"(
      SELECT path FROM weir_file
      WHERE digest = ? AND size = ? AND state = 'done' AND size > 0 AND flow = ? AND sequence <> ?
      ORDER BY sequence LIMIT 1)"));
  const std::string digest = to_hex(row.digest);
  TRY_ASSIGN(const bool found,
             select.find({digest, as_signed(row.token.size), flow_, row.sequence}));
  return found ? std::string(select.bytes(0)) : std::string();
}

Result<void> CommitSteps::enter_batch(const SqliteAdded& added, std::size_t units) {
  TRY_ASSIGN(auto insert,
             db_.prepare("INSERT INTO weir_batch(table_name, at, commits, units, keys, amount, "
                         "keyed) VALUES(?, ?, 1, ?, ?, ?, ?)"));
  TRY(insert.run({layout_.name, now_, as_signed(units), as_signed(added.keys),
                  to_text(added.control.amount), to_hex(added.control.keyed)}));
  return db_.last_row_id() % batches_per_fold == 0 ? fold_batches() : Result<void>();
}

// A row for every commit would be a table without end.
Result<void> CommitSteps::fold_batches() {
  TRY_ASSIGN(const BatchTotals all, batch_totals(db_, layout_.name));
  TRY_ASSIGN(auto remove, db_.prepare("DELETE FROM weir_batch WHERE table_name = ?"));
  TRY(remove.run({layout_.name}));
  TRY_ASSIGN(auto insert,
             db_.prepare("INSERT INTO weir_batch(table_name, at, commits, units, keys, amount, "
                         "keyed) VALUES(?, ?, ?, ?, ?, ?, ?)"));
  return insert.run({layout_.name, now_, all.commits, all.units, all.keys,
                     to_text(all.control.amount), to_hex(all.control.keyed)});
}

class SqliteCommitter final : public Committer {
 public:
  explicit SqliteCommitter(const SqliteParts& parts) : parts_(parts) {}

  Result<Receipt> commit(const Batch& batch) override {
    check_ascending(batch.units);
    SqliteTransaction transaction(parts_.main);
    TRY(transaction.begin(SqliteTransaction::Kind::write));
    CHECK(batch.partial.key_kind() == transaction.layout().key);
    CommitSteps steps(transaction.db(), parts_, transaction.layout());
    TRY_ASSIGN(auto receipt, steps.run(batch));
    TRY(transaction.commit());
    return receipt;
  }

 private:
  const SqliteParts parts_;
};

}  // namespace

std::unique_ptr<Committer> sqlite_committer(const SqliteParts& parts) {
  return std::make_unique<SqliteCommitter>(parts);
}

}  // namespace weir
