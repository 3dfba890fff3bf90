// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include "base/check.h"
#include "store/correction_rules.h"
#include "store/rules.h"
#include "store/sql_books.h"
#include "store/sql_parts.h"
#include "store/sql_rows.h"
#include "store/sql_take_back.h"

namespace weir {
namespace {

class SqlLedger final : public Ledger {
 public:
  explicit SqlLedger(const SqlParts& parts) : parts_(parts) {}

  Result<std::vector<std::optional<FileRow>>> find(
      std::span<const FileIdentity> identities) override;
  Result<std::vector<FileRow>> enter(std::span<const FileEntry> entries) override;
  Result<std::vector<UnitRow>> units(const SeenFile& file) override;
  Result<FileRow> replan(const SeenFile& file, const FileEntry& entry) override;
  Result<void> settle(const SeenFile& file, FileState state, const std::string& reason) override;
  Result<void> repin(const SeenFile& file, const VersionToken& token) override;
  Result<void> release(const SeenFile& file, ReleaseState state,
                       const std::string& target) override;
  Result<FileRow> supersede(const SeenFile& file, const FileEntry& entry) override;

 private:
  using Change = std::function<Result<void>(const SqlBench&, FileRow&)>;
  Result<FileRow> change(const SeenFile& file, SqlTransaction::Kind kind, const Change& change);
  SqlBench bench(SqlTransaction& transaction) const {
    return {transaction.db(), transaction.layout(), parts_.target.flow, parts_.clock.wall()};
  }

  const SqlParts parts_;
};

// By identity, in this flow.
class FileFinder {
 public:
  static Result<FileFinder> prepare(SqlConnection& db, const std::string& flow) {
    const SqlWords& words = db.engine().words();
    TRY_ASSIGN(
        auto select,
        db.prepare("SELECT " + std::string(file_columns) + " FROM weir_file WHERE flow = ? AND " +
                   std::string(words.identity_key) + " = " + std::string(words.key_of)));
    return FileFinder(std::move(select), flow);
  }

  Result<std::optional<FileRow>> find(const FileIdentity& identity) {
    TRY_ASSIGN(const bool found, select_.find({flow_, SqlBlob{identity}}));
    if (!found) {
      return std::optional<FileRow>();
    }
    TRY_ASSIGN(FileRow row, file_row(select_));
    return std::optional(std::move(row));
  }

 private:
  FileFinder(SqlStatement select, const std::string& flow)
      : select_(std::move(select)), flow_(flow) {}

  SqlStatement select_;
  const std::string& flow_;
};

// Enters files and units.
class FileWriter {
 public:
  static Result<FileWriter> prepare(SqlConnection& db, const std::string& flow) {
    TRY_ASSIGN(auto unit, db.prepare("INSERT INTO weir_unit VALUES(?, ?, ?, ?, ?, ?, 'pending', 0, "
                                     "0, 0, '0', ?, 0)"));
    return FileWriter(db, std::move(unit), flow);
  }

  // False: it is known already, and stays as it is.
  Result<bool> enter(FileRow& row, const FileEntry& entry) {
    const std::string format = to_text(row.plan.format);
    const std::string no_digest = to_hex(0);
    TRY_ASSIGN(
        const auto number,
        db_.insert(insert_, "sequence",
                   {flow_, SqlBlob{row.identity}, SqlBlob{row.path}, as_signed(row.token.size),
                    as_signed(row.token.inode), row.token.modified, SqlBlob{row.token.tag},
                    as_signed(row.plan.unit_bytes), name(row.plan.compression), format, row.epoch,
                    name(row.state), row.reason, row.accepted_at, row.finished_at, row.units,
                    no_digest, row.replaces}));
    if (!number) {
      return false;
    }
    row.sequence = *number;
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
  FileWriter(SqlConnection& db, SqlStatement unit, const std::string& flow)
      : db_(db), unit_(std::move(unit)), flow_(flow) {}

  SqlConnection& db_;
  const std::string insert_ = R"(
      INSERT INTO weir_file(flow, identity, path, size, inode, modified, tag, unit_bytes,
        compression, format, epoch, state, reason, accepted_at, finished_at, units, units_done,
        good, rejected, blank, sum, digest, final_newline, replaces)
      VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '0', ?, 1, ?) )" +
                              std::string(db_.engine().words().if_new);
  SqlStatement unit_;
  const std::string& flow_;
};

// The file that a row is to replace is there, and can be.
Result<void> check_replaces(const SqlBench& bench, const FileRow& row) {
  if (row.replaces == 0 || holds_old_version(row)) {
    return {};
  }
  TRY_ASSIGN(const auto other, find_file(bench.db, bench.flow, row.replaces, Lock::yes));
  return check_replaceable(row, other ? &*other : nullptr);
}

// The units of a row that was planned anew, instead of those it had.
Result<void> plan(const SqlBench& bench, const FileRow& row, const FileEntry& entry) {
  TRY(check_replaces(bench, row));
  TRY_ASSIGN(auto remove, bench.db.prepare("DELETE FROM weir_unit WHERE file = ?"));
  TRY(remove.run({row.sequence}));
  TRY_ASSIGN(auto writer, FileWriter::prepare(bench.db, bench.flow));
  return writer.enter_units(row, entry);
}

// Of a file that is counted. Its units leave the books now, its sums with the commit of the new
// one.
Result<void> plan_version(const SqlBench& bench, FileRow& row, const FileEntry& entry) {
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

Result<std::vector<std::optional<FileRow>>> SqlLedger::find(
    std::span<const FileIdentity> identities) {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  const SqlWords& words = transaction.db().engine().words();
  std::vector<SqlValue> among;
  for (const FileIdentity& identity : identities) {
    among.emplace_back(SqlBlob{identity});
  }
  TRY_ASSIGN(auto files, find_files(transaction.db(), parts_.target.flow, words.identity_key,
                                    words.key_of, among));
  TRY(transaction.commit());
  std::map<FileIdentity, FileRow> known;
  for (FileRow& file : files) {
    known.emplace(file.identity, std::move(file));
  }
  std::vector<std::optional<FileRow>> rows;
  rows.reserve(identities.size());
  for (const FileIdentity& identity : identities) {
    const auto at = known.find(identity);
    rows.push_back(at == known.end() ? std::nullopt : std::optional(at->second));
  }
  return rows;
}

Result<std::vector<FileRow>> SqlLedger::enter(std::span<const FileEntry> entries) {
  const bool replaces = !entries.empty() && entries.front().replaces != 0;
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(replaces ? SqlTransaction::Kind::correct : SqlTransaction::Kind::write));
  SqlConnection& db = transaction.db();
  TRY_ASSIGN(auto finder, FileFinder::prepare(db, parts_.target.flow));
  TRY_ASSIGN(auto writer, FileWriter::prepare(db, parts_.target.flow));
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

Result<std::vector<UnitRow>> SqlLedger::units(const SeenFile& file) {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  TRY_ASSIGN(const auto row,
             find_file(transaction.db(), parts_.target.flow, file.sequence, Lock::no));
  std::vector<UnitRow> units;
  if (row) {
    TRY(check_seen(file, *row));
    TRY_ASSIGN(units, find_units(transaction.db(), file.sequence, row->epoch));
  }
  TRY(transaction.commit());
  return units;
}

Result<FileRow> SqlLedger::change(const SeenFile& file, SqlTransaction::Kind kind,
                                  const Change& change) {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(kind));
  SqlConnection& db = transaction.db();
  TRY_ASSIGN(auto row, find_file(db, parts_.target.flow, file.sequence, Lock::yes));
  if (!row) {
    return no_such_file(file);
  }
  const SqlBench here = bench(transaction);
  TRY(change(here, *row));
  TRY(settle_replacement(here, *row));
  TRY(update_file(db, *row));
  TRY(transaction.commit());
  return *std::move(row);
}

Result<void> done(const Result<FileRow>& changed) {
  return changed ? Result<void>() : changed.error();
}

Result<FileRow> SqlLedger::replan(const SeenFile& file, const FileEntry& entry) {
  return change(file, SqlTransaction::Kind::correct,
                [&](const SqlBench& here, FileRow& row) -> Result<void> {
                  if (entry.replaces == file.sequence) {
                    return cannot_replace_itself(row);
                  }
                  TRY_ASSIGN(const auto units, find_units(here.db, file.sequence, row.epoch));
                  if (stands_so(row, units, entry)) {
                    return {};
                  }
                  TRY(check_seen(file, row));
                  if (holds_old_version(row)) {
                    return plan_version(here, row, entry);
                  }
                  if (row.units_done > 0) {
                    return some_unit_done(file.sequence);
                  }
                  row = replanned_row(row, entry, here.now);
                  return plan(here, row, entry);
                });
}

Result<FileRow> SqlLedger::supersede(const SeenFile& file, const FileEntry& entry) {
  CHECK(entry.replaces == 0);  // it is what the call says
  return change(file, SqlTransaction::Kind::correct,
                [&](const SqlBench& here, FileRow& row) -> Result<void> {
                  TRY_ASSIGN(const auto units, find_units(here.db, file.sequence, row.epoch));
                  if (stands_so(row, units, entry) || is_counted_version(row, entry)) {
                    return {};
                  }
                  TRY(check_seen(file, row));
                  if (contributes(row)) {
                    return plan_version(here, row, entry);
                  }
                  row = replanned_row(row, entry, here.now);
                  return plan(here, row, entry);
                });
}

Result<void> SqlLedger::settle(const SeenFile& file, FileState state, const std::string& reason) {
  return done(change(file, SqlTransaction::Kind::correct,
                     [&](const SqlBench& here, FileRow& row) -> Result<void> {
                       TRY(check_seen(file, row));
                       return settle_row(row, state, reason, here.now);
                     }));
}

Result<void> SqlLedger::repin(const SeenFile& file, const VersionToken& token) {
  return done(
      change(file, SqlTransaction::Kind::write, [&](const SqlBench&, FileRow& row) -> Result<void> {
        if (row.token == token) {
          return {};
        }
        TRY(check_seen(file, row));
        return repin_row(row, token);
      }));
}

Result<void> SqlLedger::release(const SeenFile& file, ReleaseState state,
                                const std::string& target) {
  return done(change(file, SqlTransaction::Kind::write,
                     [&](const SqlBench& here, FileRow& row) -> Result<void> {
                       TRY(check_seen(file, row));
                       return release_row(row, state, target, here.now);
                     }));
}

}  // namespace

std::unique_ptr<Ledger> sql_ledger(const SqlParts& parts) {
  return std::make_unique<SqlLedger>(parts);
}

}  // namespace weir
