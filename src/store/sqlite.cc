// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/sqlite_parts.h"
#include "store/sqlite_place.h"

namespace weir {
namespace {

SqlTarget target_of(const SqliteStoreOptions& options) {
  return {.place = escaped(options.path),
          .init = "weir init --into sqlite:" + escaped(options.path),
          .access = options.access,
          .flow = options.flow,
          .key = options.key,
          .settings = options.settings};
}

// One connection writes and checkpoints, in the one process that holds the marker; others only
// read. So the flaw of SQLite before 3.51.3, by which a checkpoint beside another connection's
// write may skip pages of a log that was just reset, has no occasion.
class SqliteStore final : public Store {
 public:
  SqliteStore(Clock& clock, const SqliteStoreOptions& options, std::unique_ptr<SqliteMarker> marker)
      : options_(options),
        target_(target_of(options)),
        marker_(std::move(marker)),
        main_(session(options.access)),
        side_(session(StoreAccess::read)),
        parts_{.clock = clock,
               .target = target_,
               .main = main_,
               .reading = options.access == StoreAccess::write ? side_ : main_,
               .witness =
                   [this](const std::string& incarnation) { return marker_->fill(incarnation); }},
        ledger_(sql_ledger(parts_)),
        committer_(sql_committer(parts_)),
        totals_(sql_totals(parts_)),
        listings_(sql_listings(parts_)),
        audit_(sql_audit(parts_)),
        schema_(sql_schema(parts_)),
        history_(sql_history(parts_)),
        corrections_(sql_corrections(parts_)),
        copy_(sql_copy(parts_)) {}

  Ledger& ledger() override { return *ledger_; }
  Committer& committer() override { return *committer_; }
  Totals& totals() override { return *totals_; }
  Listings& listings() override { return *listings_; }
  Audit& audit() override { return *audit_; }
  Schema& schema() override { return *schema_; }
  History& history() override { return *history_; }
  Corrections& corrections() override { return *corrections_; }
  TableCopy& copy() override { return *copy_; }

  // Reads the file for the first time; gives a marker that was lost its content again.
  Result<void> look() {
    SqlTransaction transaction(main_);
    TRY(transaction.begin_bare(SqlTransaction::Kind::read));
    TRY_ASSIGN(const std::string incarnation, incarnation_of(transaction.db()));
    TRY(transaction.commit());
    return marker_ && !incarnation.empty() ? marker_->fill(incarnation) : Result<void>();
  }

 private:
  SqlSession::Options session(StoreAccess access) {
    return {.connect = [this, access] { return connect(access); },
            .look = [this](SqlConnection& db) { return sql_layout(db, target_); }};
  }

  Result<std::unique_ptr<SqlConnection>> connect(StoreAccess access) {
    if (marker_) {
      return connect_sqlite(options_,
                            access == StoreAccess::write ? SqliteConnection::Mode::write
                                                         : SqliteConnection::Mode::read,
                            marker_->incarnation());
    }
    TRY_ASSIGN(const std::string incarnation, read_marker(options_.path));
    auto db = connect_sqlite(options_, reading_mode(), incarnation);
    if (!db && db.error().kind == ErrorKind::invalid && cannot_share()) {
      return Error{ErrorKind::invalid,
                   escaped(options_.path) +
                       ": a writer was interrupted, and what it left in its -wal cannot be read in "
                       "a folder that takes no files: open it once with a right to write there",
                   EACCES};
    }
    return db;
  }

  // There is a log, and not the file that its readers share, nor a way to make one.
  bool cannot_share() const {
    return is_there(options_.path + "-wal") && file_stamp(options_.path + "-shm").empty() &&
           !is_writable_folder(folder_of(options_.path));
  }

  // Readers of a WAL database share two files beside it. Where the folder takes no new files and
  // nobody writes, there are none, and the database is read as it lies.
  SqliteConnection::Mode reading_mode() const {
    const bool log = !file_stamp(options_.path + "-wal").empty();
    return log || is_writable_folder(folder_of(options_.path)) ? SqliteConnection::Mode::read
                                                               : SqliteConnection::Mode::immutable;
  }

  const SqliteStoreOptions options_;
  const SqlTarget target_;
  const std::unique_ptr<SqliteMarker> marker_;  // only where it writes; outlives the connections
  SqlSession main_;
  SqlSession side_;  // so that long reads do not hold up commits; unused where only read
  const SqlParts parts_;
  const std::unique_ptr<Ledger> ledger_;
  const std::unique_ptr<Committer> committer_;
  const std::unique_ptr<Totals> totals_;
  const std::unique_ptr<Listings> listings_;
  const std::unique_ptr<Audit> audit_;
  const std::unique_ptr<Schema> schema_;
  const std::unique_ptr<History> history_;
  const std::unique_ptr<Corrections> corrections_;
  const std::unique_ptr<TableCopy> copy_;
};

Result<void> check_there(const SqliteStoreOptions& options) {
  if (!file_stamp(options.path).empty()) {
    return {};
  }
  TRY_ASSIGN(const std::string incarnation, read_marker(options.path));
  TRY(check_incarnation(options.path, "", incarnation));
  return Error{ErrorKind::invalid,
               "there is no database " + escaped(options.path) +
                   ": name one with --into sqlite:PATH, or make it with weir init",
               ENOENT};
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(Clock& clock, const SqliteStoreOptions& options) {
  SqliteStoreOptions resolved = options;
  TRY_ASSIGN(resolved.path, database_place(options.path));
  std::unique_ptr<SqliteMarker> marker;
  if (options.access == StoreAccess::write) {
    TRY_ASSIGN(marker, SqliteMarker::lock(resolved.path));
  } else {
    TRY(check_there(resolved));
  }
  auto store = std::make_unique<SqliteStore>(clock, resolved, std::move(marker));
  TRY(store->look());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace weir
