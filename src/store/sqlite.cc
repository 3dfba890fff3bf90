// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/sql_store.h"
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
class SqliteOpener {
 public:
  SqliteOpener(const SqliteStoreOptions& options, std::unique_ptr<SqliteMarker> marker)
      : options_(options), marker_(std::move(marker)) {}

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

  // Gives a marker that was lost its content again.
  Result<void> look(SqlConnection& db) {
    TRY_ASSIGN(const std::string incarnation, incarnation_of(db));
    return marker_ && !incarnation.empty() ? marker_->fill(incarnation) : Result<void>();
  }
  Result<void> witness(const std::string& incarnation) { return marker_->fill(incarnation); }

 private:
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
  const std::unique_ptr<SqliteMarker> marker_;  // only where it writes
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
  const auto opener = std::make_shared<SqliteOpener>(resolved, std::move(marker));
  return open_sql_store(
      clock, {.target = target_of(resolved),
              .connect = [opener](StoreAccess access) { return opener->connect(access); },
              .look = [opener](SqlConnection& db) { return opener->look(db); },
              .witness = [opener](const std::string& found) { return opener->witness(found); }});
}

}  // namespace weir
