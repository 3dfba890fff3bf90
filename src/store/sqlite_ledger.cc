// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/check.h"
#include "store/correction_rules.h"
#include "store/rules.h"
#include "store/sqlite_books.h"
#include "store/sqlite_parts.h"
#include "store/sqlite_rows.h"
#include "store/sqlite_take_back.h"

namespace weir {
namespace {

class SqliteLedger final : public Ledger {
 public:
  explicit SqliteLedger(const SqliteParts& parts) : parts_(parts) {}

  Result<std::vector<std::optional<FileRow>>> find(
      std::span<const FileIdentity> identities) override;
  Result<std::vector<FileRow>> enter(std::span<const FileEntry> entries) override;
  Result<std::vector<UnitRow>> units(FileSequence file) override;
  Result<FileRow> replan(FileSequence file, const FileEntry& entry) override;
  Result<void> settle(FileSequence file, FileState state, const std::string& reason) override;
  Result<void> repin(FileSequence file, const VersionToken& token) override;
  Result<void> release(FileSequence file, ReleaseState state, const std::string& target) override;
  Result<FileRow> supersede(FileSequence file, const FileEntry& entry) override;

 private:
  using Change = std::function<Result<void>(const SqliteBench&, FileRow&)>;
  Result<FileRow> change(FileSequence file, const Change& change);
  SqliteBench bench(SqliteTransaction& transaction) const {
    return {transaction.db(), transaction.layout(), parts_.options.flow, parts_.clock.wall()};
  }

  const SqliteParts parts_;
};

// By identity, in this flow.
class FileFinder {
 public:
  static Result<FileFinder> prepare(SqliteConnection& db, const std::string& flow) {
    TRY_ASSIGN(auto select, db.prepare("SELECT " + std::string(file_columns) +
                                       " FROM weir_file WHERE flow = ? AND identity = ?"));
    return FileFinder(std::move(select), flow);
  }

  Result<std::optional<FileRow>> find(const FileIdentity& identity) {
    TRY_ASSIGN(const bool found, select_.find({flow_, SqliteBlob{identity}}));
    if (!found) {
      return std::optional<FileRow>();
    }
    TRY_ASSIGN(FileRow row, file_row(select_));
    return std::optional(std::move(row));
  }

 private:
  FileFinder(SqliteStatement select, const std::string& flow)
      : select_(std::move(select)), flow_(flow) {}

  SqliteStatement select_;
  const std::string& flow_;
};

// Enters files and units; the statements are prepared once for many.
class FileWriter {
 public:
  static Result<FileWriter> prepare(SqliteConnection& db, const std::string& flow) {
    TRY_ASSIGN(auto file, db.prepare(R"(
        INSERT INTO weir_file(flow, identity, path, size, inode, modified, tag, unit_bytes,
          compression, format, epoch, state, reason, accepted_at, finished_at, units, units_done,
          good, rejected, blank, sum, digest, final_newline, replaces)
        VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '0', ?, 1, ?)
        ON CONFLICT(flow, identity) DO NOTHING)"));
    TRY_ASSIGN(auto unit, db.prepare("INSERT INTO weir_unit VALUES(?, ?, ?, ?, ?, ?, 'pending', 0, "
                                     "0, 0, '0', ?, 0)"));
    return FileWriter(db, std::move(file), std::move(unit), flow);
  }

  // False: it is known already, and stays as it is.
  Result<bool> enter(FileRow& row, const FileEntry& entry) {
    TRY(file_.run({flow_, SqliteBlob{row.identity}, SqliteBlob{row.path}, as_signed(row.token.size),
                   as_signed(row.token.inode), row.token.modified, SqliteBlob{row.token.tag},
                   as_signed(row.plan.unit_bytes), name(row.plan.compression),
                   to_text(row.plan.format), row.epoch, name(row.state), row.reason,
                   row.accepted_at, row.finished_at, row.units, to_hex(0), row.replaces}));
    if (db_.rows_changed() == 0) {
      return false;
    }
    row.sequence = db_.last_row_id();
    TRY(enter_units(row, entry));
    return true;
  }

  Result<void> enter_units(const FileRow& row, const FileEntry& entry) {
    const std::string no_digest = to_hex(0);
    for (const UnitRow& unit : entered_units(entry, row.sequence, row.epoch)) {
      TRY(unit_.run({unit.id.file, unit.id.epoch, unit.id.number, unit.id.shard,
                     as_signed(unit.range.begin), as_signed(unit.range.end), no_digest}));
    }
    return {};
  }

 private:
  FileWriter(SqliteConnection& db, SqliteStatement file, SqliteStatement unit,
             const std::string& flow)
      : db_(db), file_(std::move(file)), unit_(std::move(unit)), flow_(flow) {}

  SqliteConnection& db_;
  SqliteStatement file_;
  SqliteStatement unit_;
  const std::string& flow_;
};

// The file that a row is to replace is there, and can be.
Result<void> check_replaces(const SqliteBench& bench, const FileRow& row) {
  if (row.replaces == 0 || holds_old_version(row)) {
    return {};
  }
  TRY_ASSIGN(const auto other, find_file(bench.db, bench.flow, row.replaces));
  return check_replaceable(row, other ? &*other : nullptr);
}

// The units of a row that was planned anew, instead of those it had.
Result<void> plan(const SqliteBench& bench, const FileRow& row, const FileEntry& entry) {
  TRY(check_replaces(bench, row));
  TRY_ASSIGN(auto remove, bench.db.prepare("DELETE FROM weir_unit WHERE file = ?"));
  TRY(remove.run({row.sequence}));
  TRY_ASSIGN(auto writer, FileWriter::prepare(bench.db, bench.flow));
  return writer.enter_units(row, entry);
}

// Of a file that is counted. Its units leave the books now, its sums with the commit of the new
// one.
Result<void> plan_version(const SqliteBench& bench, FileRow& row, const FileEntry& entry) {
  TRY_ASSIGN(FileRow fresh, superseded_row(row, entry, bench.now));
  if (row.units_done > 0) {
    TRY(enter_batch(bench.db, {.table = bench.layout.name,
                               .at = bench.now,
                               .commits = 0,
                               .units = -static_cast<std::int64_t>(row.units_done)}));
  }
  row = std::move(fresh);
  return plan(bench, row, entry);
}

Result<std::vector<std::optional<FileRow>>> SqliteLedger::find(
    std::span<const FileIdentity> identities) {
  SqliteTransaction transaction(parts_.main);
  TRY(transaction.begin(SqliteTransaction::Kind::read));
  TRY_ASSIGN(auto finder, FileFinder::prepare(transaction.db(), parts_.options.flow));
  std::vector<std::optional<FileRow>> rows;
  rows.reserve(identities.size());
  for (const FileIdentity& identity : identities) {
    TRY_ASSIGN(auto row, finder.find(identity));
    rows.push_back(std::move(row));
  }
  TRY(transaction.commit());
  return rows;
}

Result<std::vector<FileRow>> SqliteLedger::enter(std::span<const FileEntry> entries) {
  SqliteTransaction transaction(parts_.main);
  TRY(transaction.begin(SqliteTransaction::Kind::write));
  SqliteConnection& db = transaction.db();
  TRY_ASSIGN(auto finder, FileFinder::prepare(db, parts_.options.flow));
  TRY_ASSIGN(auto writer, FileWriter::prepare(db, parts_.options.flow));
  std::vector<FileRow> rows;
  rows.reserve(entries.size());
  for (const FileEntry& entry : entries) {
    CHECK(entry.replaces == 0 || entries.size() == 1);
    FileRow row = entered_row(entry, 0, parts_.clock.wall());
    TRY_ASSIGN(const bool fresh, writer.enter(row, entry));
    if (!fresh) {
      TRY_ASSIGN(auto known, finder.find(entry.identity));
      row = *std::move(known);
    } else if (row.replaces != 0) {
      TRY(check_replaces(bench(transaction), row));
      TRY(settle_replacement(bench(transaction), row));
      TRY(update_file(db, row));
    }
    rows.push_back(std::move(row));
  }
  TRY(transaction.commit());
  return rows;
}

Result<std::vector<UnitRow>> SqliteLedger::units(FileSequence file) {
  SqliteTransaction transaction(parts_.main);
  TRY(transaction.begin(SqliteTransaction::Kind::read));
  TRY_ASSIGN(const auto row, find_file(transaction.db(), parts_.options.flow, file));
  std::vector<UnitRow> units;
  if (row) {
    TRY_ASSIGN(units, find_units(transaction.db(), file, row->epoch));
  }
  TRY(transaction.commit());
  return units;
}

Result<FileRow> SqliteLedger::change(FileSequence file, const Change& change) {
  SqliteTransaction transaction(parts_.main);
  TRY(transaction.begin(SqliteTransaction::Kind::write));
  SqliteConnection& db = transaction.db();
  TRY_ASSIGN(auto row, find_file(db, parts_.options.flow, file));
  if (!row) {
    return no_such_file(file);
  }
  const SqliteBench here = bench(transaction);
  TRY(change(here, *row));
  TRY(settle_replacement(here, *row));
  TRY(update_file(db, *row));
  TRY(transaction.commit());
  return *std::move(row);
}

Result<FileRow> SqliteLedger::replan(FileSequence file, const FileEntry& entry) {
  return change(file, [&](const SqliteBench& here, FileRow& row) -> Result<void> {
    if (entry.replaces == file) {
      return cannot_replace_itself(row);
    }
    TRY_ASSIGN(const auto units, find_units(here.db, file, row.epoch));
    if (stands_so(row, units, entry)) {
      return {};
    }
    if (holds_old_version(row)) {
      return plan_version(here, row, entry);
    }
    if (row.units_done > 0) {
      return some_unit_done(file);
    }
    row = replanned_row(row, entry, here.now);
    return plan(here, row, entry);
  });
}

Result<FileRow> SqliteLedger::supersede(FileSequence file, const FileEntry& entry) {
  CHECK(entry.replaces == 0);  // it is what the call says
  return change(file, [&](const SqliteBench& here, FileRow& row) -> Result<void> {
    TRY_ASSIGN(const auto units, find_units(here.db, file, row.epoch));
    if (stands_so(row, units, entry) || is_counted_version(row, entry)) {
      return {};
    }
    if (contributes(row)) {
      return plan_version(here, row, entry);
    }
    row = replanned_row(row, entry, here.now);
    return plan(here, row, entry);
  });
}

Result<void> SqliteLedger::settle(FileSequence file, FileState state, const std::string& reason) {
  TRY(change(file, [&](const SqliteBench& here, FileRow& row) {
    return settle_row(row, state, reason, here.now);
  }));
  return {};
}

Result<void> SqliteLedger::repin(FileSequence file, const VersionToken& token) {
  TRY(change(file, [&](const SqliteBench&, FileRow& row) { return repin_row(row, token); }));
  return {};
}

Result<void> SqliteLedger::release(FileSequence file, ReleaseState state,
                                   const std::string& target) {
  TRY(change(file, [&](const SqliteBench& here, FileRow& row) {
    return release_row(row, state, target, here.now);
  }));
  return {};
}

}  // namespace

std::unique_ptr<Ledger> sqlite_ledger(const SqliteParts& parts) {
  return std::make_unique<SqliteLedger>(parts);
}

}  // namespace weir
