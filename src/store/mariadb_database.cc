// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_database.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace weir {
namespace {

// The server closes what is idle for longer: the watch of a folder may be, over a weekend.
constexpr std::string_view idle_s_max = "604800";
constexpr Nanoseconds nanoseconds_per_second = 1'000'000'000;

std::string whole_seconds(Nanoseconds wait) {
  return std::to_string(std::max<Nanoseconds>(wait / nanoseconds_per_second, 1));
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  });
  return lowered;
}

// A wait for a lock that ended after the wait for a reply would look like a lost connection.
MariadbWaits in_order(MariadbWaits waits) {
  waits.lock = std::min(waits.lock, waits.reply / 2);
  return waits;
}

}  // namespace

// ---- opening

MariadbDatabase::MariadbDatabase(std::unique_ptr<MariadbConnection> connection, MariadbWaits waits,
                                 bool writes)
    : connection_(std::move(connection)), waits_(waits), writes_(writes) {}

Result<std::unique_ptr<MariadbDatabase>> MariadbDatabase::open(const Options& options) {
  if (options.place.database.empty()) {
    return Error{ErrorKind::invalid, "mariadb: " + options.place.shown() +
                                         " names no database: write it behind the host, /DATABASE"};
  }
  Error refused;
  for (const MariadbHost& host : options.place.hosts) {
    auto opened = open_at(options, host);
    if (opened) {
      return opened;
    }
    const bool may_pass = refused.kind == ErrorKind::unavailable;
    Error error = std::move(opened).error();
    refused = refused.message.empty() ? std::move(error) : std::move(error).within(refused.message);
    refused.kind = may_pass ? ErrorKind::unavailable : refused.kind;
  }
  return refused;
}

Result<std::unique_ptr<MariadbDatabase>> MariadbDatabase::open_at(const Options& options,
                                                                  const MariadbHost& host) {
  TRY_ASSIGN(auto connection, MariadbConnection::open(options.place, host, options.waits));
  std::unique_ptr<MariadbDatabase> database(
      new MariadbDatabase(std::move(connection), in_order(options.waits), options.demand.writes));
  TRY(database->set_session());
  TRY(database->check_server(options.demand));
  TRY(database->bound_transactions());
  return database;
}

// What the server's own settings could have otherwise. The rest of the session is set by begin().
Result<void> MariadbDatabase::set_session() {
  const std::string lock = whole_seconds(waits_.lock);
  TRY(connection_->execute(
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES,NO_ZERO_DATE,NO_ENGINE_SUBSTITUTION', "
      "autocommit = 1, completion_type = 0, sql_safe_updates = 0, sql_select_limit = DEFAULT, "
      "innodb_lock_wait_timeout = " +
      lock + ", lock_wait_timeout = " + lock + ", wait_timeout = " + std::string(idle_s_max)));
  return isolate(false);
}

Result<void> MariadbDatabase::isolate(bool snapshots) {
  reads_snapshots_ = snapshots;
  return connection_->execute(std::string("SET SESSION TRANSACTION ISOLATION LEVEL ") +
                              (snapshots ? "REPEATABLE READ" : "READ COMMITTED"));
}

Result<void> MariadbDatabase::check_server(const MariadbDemand& demand) {
  TRY_ASSIGN(const auto rows, connection_->query(mariadb_variables_query()));
  MariadbVariables variables;
  for (const auto& row : rows) {
    variables[lower(row.at(0))] = row.at(1);
  }
  TRY_ASSIGN(server_, check_mariadb_server(connection_->place(), variables, demand));
  return {};
}

// A process that is frozen keeps its connection, and with it the rows that it has locked. MySQL has
// nothing like it.
Result<void> MariadbDatabase::bound_transactions() {
  if (!writes_ || !server_.is_mariadb) {
    return {};
  }
  return connection_->execute("SET SESSION idle_transaction_timeout = " +
                              whole_seconds(waits_.idle));
}

// ---- transactions

Result<void> MariadbDatabase::begin(Kind kind) {
  CHECK(!is_open_);
  if (kind != Kind::read && !writes_) {
    return Error{ErrorKind::invalid, connection_->place() + " is opened for reading only"};
  }
  kind_ = kind;
  if (kind == Kind::correct) {
    TRY_ASSIGN(const bool ours, take_name("correction"));
    if (!ours) {
      return Error{ErrorKind::unavailable,
                   "mariadb: " + connection_->place() + ": another correction is on its way"};
    }
  }
  if (const bool snapshots = kind == Kind::read; snapshots != reads_snapshots_) {
    TRY(isolate(snapshots));
  }
  return start();
}

Result<void> MariadbDatabase::start() {
  TRY(connection_->execute(kind_ == Kind::read
                               ? "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
                               : "START TRANSACTION READ WRITE"));
  is_open_ = true;
  connection_->transaction_begun();
  return kind_ == Kind::read ? Result<void>() : lock_row();
}

// Where there are no tables of ours yet, there is nothing to lock, and whoever makes them has the
// lock by name.
Result<void> MariadbDatabase::lock_row() {
  const auto rows =
      connection_->query(std::string("SELECT value FROM weir_meta WHERE name = 'lock' ") +
                         (kind_ == Kind::correct ? "FOR UPDATE" : "LOCK IN SHARE MODE"));
  if (!rows) {
    if (!connection_->failed() && connection_->last_error_is_missing_table()) {
      connection_->forgive();
      return {};
    }
    return rows.error();
  }
  if (rows->size() != 1) {
    return Error{ErrorKind::corrupt,
                 "weir_meta has lost the row 'lock', by which writers wait for "
                 "each other: restore the database from a backup"};
  }
  return {};
}

// After an error nothing is known of what became of it, nor of the connection.
Result<void> MariadbDatabase::commit() {
  CHECK(is_open_);
  TRY(connection_->ready());
  if (connection_->erred()) {
    return Error{ErrorKind::unavailable, "mariadb: " + connection_->place() +
                                             ": a transaction with an error in it is not "
                                             "committed"};
  }
  if (auto ended = connection_->end("COMMIT"); !ended) {
    connection_->fail();
    return ended;
  }
  is_open_ = false;
  connection_->transaction_ended();
  give_names();
  return {};
}

// A commit shows before the log that holds it is on the disk; one that is answered has flushed the
// log up to its own place, and so all before it.
Result<void> MariadbDatabase::barrier() {
  CHECK(!is_open_);
  return connection_->execute(
      "INSERT INTO weir_meta VALUES('barrier', UUID()) "
      "ON DUPLICATE KEY UPDATE value = UUID()");
}

void MariadbDatabase::roll_back() {
  if (std::exchange(is_open_, false)) {
    if (!connection_->failed() && !connection_->end("ROLLBACK")) {
      connection_->fail();
    }
    connection_->transaction_ended();
  }
  give_names();
}

Result<void> MariadbDatabase::define(std::string_view sql) {
  CHECK(is_open_ && kind_ == Kind::correct && has_names_);
  TRY(connection_->ready());
  TRY(connection_->end("COMMIT"));
  is_open_ = false;
  connection_->transaction_ended();
  TRY(connection_->execute(sql));
  return start();
}

// ---- locks by name

Result<bool> MariadbDatabase::take_name(std::string_view name) {
  TRY_ASSIGN(auto row,
             connection_->prepare("SELECT GET_LOCK(CONCAT('weir.', LEFT(SHA2(CONCAT(DATABASE(), "
                                  "'/', ?), 256), 40)), ?)",
                                  SqlRows::few));
  has_names_ = true;
  TRY_ASSIGN(const bool found, row->find({name, waits_.lock / nanoseconds_per_second}));
  return found && row->integer(0) == 1;
}

void MariadbDatabase::give_names() {
  if (std::exchange(has_names_, false) && !connection_->failed() &&
      !connection_->end("DO RELEASE_ALL_LOCKS()")) {
    connection_->fail();  // which gives them back, too
  }
  connection_->forgive();
}

Result<void> MariadbDatabase::take_turn(const std::string& table) {
  TRY(take_name("turn/" + table));
  return {};
}

// ---- statements

Result<SqlStatement> MariadbDatabase::prepare(std::string_view sql, SqlRows rows) {
  TRY_ASSIGN(auto statement, connection_->prepare(sql, rows));
  return SqlStatement(std::move(statement));
}

Result<std::optional<std::int64_t>> MariadbDatabase::insert(std::string_view sql,
                                                            std::string_view /*number_column*/,
                                                            SqlValues values) {
  TRY_ASSIGN(auto statement, connection_->prepare(sql, SqlRows::few));
  TRY(statement->run(values));
  return connection_->rows_changed() == 0 ? std::optional<std::int64_t>()
                                          : std::optional(connection_->last_number());
}

}  // namespace weir
