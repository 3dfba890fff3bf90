// SPDX-License-Identifier: Apache-2.0
// The commit: one transaction, in which units turn from pending to done, once, and their sums are
// added. What makes it exactly once is the flip's WHERE state = 'pending' and the count of rows.
//
//   BEGIN IMMEDIATE
//     flip     each unit of the batch, one row each, or nothing at all
//     add      the partial, less what is replaced; it must be the sum of the units
//     keep     history, and the rejects
//     fold     a file whose units are all done: its row says it all, its unit rows go
//     enter    the batch in the books
//   COMMIT
#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "store/correction_rules.h"
#include "store/merged_sums.h"
#include "store/rules.h"
#include "store/sql_books.h"
#include "store/sql_history_rows.h"
#include "store/sql_parts.h"
#include "store/sql_rows.h"
#include "store/sql_take_back.h"

namespace weir {
namespace {

// What a file of the batch replaces: another file, or its own old version.
struct Replaced {
  FileRow file;  // as it was
  bool is_version = false;
  std::string why;
  std::unique_ptr<TakenBack> rows = nullptr;  // nothing: it added nothing
};

// One commit, within its transaction.
class CommitSteps {
 public:
  CommitSteps(SqlConnection& db, const SqlParts& parts, const SqlLayout& layout)
      : db_(db),
        flow_(parts.target.flow),
        layout_(layout),
        keeps_history_(parts.target.settings.keep == StoreSettings::Keep::history),
        bench_{db, layout, flow_, parts.clock.wall()} {}

  Result<Receipt> run(const Batch& batch);

 private:
  Result<void> flip(std::span<const UnitOutcome> units);
  Result<void> flip_one(SqlStatement& update, const UnitOutcome& unit);
  Result<FileRow*> file_of(const UnitOutcome& outcome);
  Result<void> find_replaced();
  Result<void> replace(FileRow& row);
  FileRow* in_batch(FileSequence file);
  Result<SqlAdded> add(SumCursor& partial);
  Result<void> settle_replaced();
  Result<void> keep_history(SumCursor& partial);
  Result<void> remove_units(FileSequence file);
  Result<void> keep_rejects(std::span<const UnitOutcome> units);
  Result<std::vector<FinishedFile>> fold_files();
  Result<FinishedFile> finish(FileRow& row);
  Result<void> resolve_lines(const FileRow& row);
  Result<std::string> earlier_copy(const FileRow& row);

  SqlConnection& db_;
  const std::string& flow_;
  const SqlLayout& layout_;
  const bool keeps_history_;
  const SqlBench bench_;
  std::vector<FileRow> files_;  // of the batch, ascending
  std::vector<Replaced> replaced_;
  Int128 sum_ = 0;  // of its units
};

Result<Receipt> CommitSteps::run(const Batch& batch) {
  TRY(flip(batch.units));
  TRY(find_replaced());
  TRY_ASSIGN(const SqlAdded added, add(batch.partial));
  if (added.control.amount != sum_) {
    return partial_is_not_its_units(added.control.amount, sum_);
  }
  TRY(settle_replaced());
  TRY(keep_history(batch.partial));
  TRY(keep_rejects(batch.units));
  TRY_ASSIGN(auto finished, fold_files());
  TRY(enter_batch(db_, {.table = layout_.name,
                        .at = bench_.now,
                        .units = static_cast<std::int64_t>(batch.units.size()),
                        .keys = as_signed(added.keys),
                        .control = added.control}));
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

Result<void> CommitSteps::flip_one(SqlStatement& update, const UnitOutcome& unit) {
  TRY_ASSIGN(FileRow* const file, file_of(unit));
  TRY(update.run({as_signed(unit.counts.good), as_signed(unit.counts.rejected),
                  as_signed(unit.counts.blank), to_text(unit.sum), to_hex(unit.digest), bench_.now,
                  unit.id.file, unit.id.epoch, unit.id.number, unit.id.shard}));
  if (db_.rows_changed() != 1) {
    return unit_not_pending(unit.id, "is done already");
  }
  count_unit(*file, unit);
  sum_ += unit.sum;
  return {};
}

// The row of the unit's file; units come in order of their files.
Result<FileRow*> CommitSteps::file_of(const UnitOutcome& outcome) {
  const UnitId& unit = outcome.id;
  const std::uint64_t entry = outcome.entry_mark;
  if (files_.empty() || files_.back().sequence != unit.file) {
    TRY_ASSIGN(auto row, find_file(db_, flow_, unit.file, Lock::yes));
    TRY(check_open(unit, row ? &*row : nullptr, entry));
    if (holds_old_version(*row)) {
      replaced_.push_back({.file = *row, .is_version = true, .why = std::string(new_version)});
    }
    if (row->units_done == 0) {
      begin_counting(*row, keeps_history_);
    }
    files_.push_back(*std::move(row));
  }
  TRY(check_open(unit, &files_.back(), entry));
  return &files_.back();
}

// Of the files that this batch finishes.
Result<void> CommitSteps::find_replaced() {
  for (FileRow& row : files_) {
    if (row.history && files_.size() > 1) {  // else who added what?
      CHECK(!keeps_history_);
      return stands_apart(row);
    }
    if (row.replaces != 0 && all_done(row)) {
      TRY(replace(row));
    }
  }
  for (Replaced& replaced : replaced_) {
    TRY(check_revocable(replaced.file));
    if (contributes(replaced.file)) {
      replaced.rows = std::make_unique<TakenBack>(db_, layout_, replaced.file);
    }
  }
  return {};
}

Result<void> CommitSteps::replace(FileRow& row) {
  const FileSequence other = std::exchange(row.replaces, 0);
  if (const FileRow* const here = in_batch(other); here != nullptr) {
    return check_revocable(*here);  // counted in this very batch: it has no history
  }
  const bool taken = std::any_of(replaced_.begin(), replaced_.end(), [other](const Replaced& one) {
    return one.file.sequence == other;  // by another file of the batch
  });
  TRY_ASSIGN(auto found, find_file(db_, flow_, other, Lock::yes));
  if (found && found->state != FileState::revoked && !taken) {
    replaced_.push_back({.file = *std::move(found), .why = replaced_by(row)});
  }
  return {};
}

FileRow* CommitSteps::in_batch(FileSequence file) {
  const auto at = std::find_if(files_.begin(), files_.end(),
                               [file](const FileRow& row) { return row.sequence == file; });
  return at == files_.end() ? nullptr : &*at;
}

// What is replaced goes in the same pass over the totals, so that no sum between the two is refused
// that neither of them is. Answers what the partial alone is.
Result<SqlAdded> CommitSteps::add(SumCursor& partial) {
  std::vector<std::unique_ptr<MergedSums>> merged;
  SumCursor* all = &partial;
  for (const Replaced& replaced : replaced_) {
    if (replaced.rows) {
      merged.push_back(std::make_unique<MergedSums>(*all, *replaced.rows));
      all = merged.back().get();
    }
  }
  TRY_ASSIGN(SqlAdded added, db_.engine().add(db_, layout_, *all));
  for (const Replaced& replaced : replaced_) {
    if (replaced.rows) {
      TRY(replaced.rows->check());
      added.control.amount -= replaced.rows->control().amount;
      added.control.keyed -= replaced.rows->control().keyed;
    }
  }
  return added;
}

Result<void> CommitSteps::settle_replaced() {
  for (Replaced& replaced : replaced_) {
    SqlTaken taken;
    if (replaced.rows) {
      taken = {.keys = replaced.rows->keys(), .control = replaced.rows->control()};
      replaced.rows.reset();  // nothing reads what is removed now
    }
    TRY(enter_taken(bench_, replaced.file, taken, {CorrectionAction::replace, replaced.why}));
    if (!replaced.is_version) {
      TRY(remove_units(replaced.file.sequence));
      revoke_row(replaced.file, replaced.why);
      TRY(update_file(db_, replaced.file));
    }
  }
  return {};
}

Result<void> CommitSteps::keep_history(SumCursor& partial) {
  for (const FileRow& row : files_) {
    if (row.history) {
      const Seconds at = seconds_of(row.accepted_at);
      TRY(db_.engine().add_history(db_, layout_, {.at = at, .file = row.sequence}, partial));
      TRY(note_fine_rows(db_, layout_.name, at));
    }
  }
  return {};
}

Result<void> CommitSteps::remove_units(FileSequence file) {
  TRY_ASSIGN(auto remove, db_.prepare("DELETE FROM weir_unit WHERE file = ?"));
  return remove.run({file});
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
  TRY(remove_units(row.sequence));
  row.state = FileState::done;
  row.finished_at = bench_.now;
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

class SqlCommitter final : public Committer {
 public:
  explicit SqlCommitter(const SqlParts& parts) : parts_(parts) {}

  Result<Receipt> commit(const Batch& batch) override {
    check_ascending(batch.units);
    SqlTransaction transaction(parts_.main);
    TRY(transaction.begin(SqlTransaction::Kind::write));
    CHECK(batch.partial.key_kind() == transaction.layout().key);
    CommitSteps steps(transaction.db(), parts_, transaction.layout());
    auto receipt = steps.run(batch);
    if (receipt) {
      TRY(transaction.commit());
    } else if (receipt.error().kind == ErrorKind::conflict) {
      // Somebody has counted them; perhaps we, in an attempt that nobody waited for to be safe.
      TRY(transaction.barrier());
    }
    return receipt;
  }

 private:
  const SqlParts parts_;
};

}  // namespace

std::unique_ptr<Committer> sql_committer(const SqlParts& parts) {
  return std::make_unique<SqlCommitter>(parts);
}

}  // namespace weir
