// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/sqlite_error.h"
#include "store/sqlite_place.h"

namespace weir {

// ---- statement

SqliteStatement::SqliteStatement(SqliteConnection& connection, sqlite3_stmt* statement)
    : connection_(&connection), statement_(statement) {}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement::~SqliteStatement() {
  if (statement_ != nullptr) {
    connection_->keep(statement_);
  }
}

void SqliteStatement::bind(int position, const SqlValue& value) {
  int code = SQLITE_OK;
  const auto length = static_cast<sqlite3_uint64>(value.bytes.size());
  const char* const bytes = value.bytes.data() == nullptr ? "" : value.bytes.data();
  switch (value.kind) {
    case SqlValue::Kind::integer:
    case SqlValue::Kind::amount:
      CHECK(fits_int64(value.number));  // the columns are no wider
      code = sqlite3_bind_int64(statement_, position, value.integer());
      break;
    case SqlValue::Kind::text:
      code = sqlite3_bind_text64(statement_, position, bytes, length, SQLITE_STATIC, SQLITE_UTF8);
      break;
    case SqlValue::Kind::blob:
      code = sqlite3_bind_blob64(statement_, position, bytes, length, SQLITE_STATIC);
      break;
  }
  CHECK(code == SQLITE_OK);  // static bytes need no memory; anything else is a wrong position
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_);
}

void SqliteStatement::bind_all(SqlValues values) {
  sqlite3_reset(statement_);
  CHECK(sqlite3_bind_parameter_count(statement_) == static_cast<int>(values.size()));
  int position = 0;
  for (const SqlValue& value : values) {
    bind(++position, value);
  }
}

Result<bool> SqliteStatement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) {
    return true;
  }
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  Error error = connection_->error(code);
  sqlite3_reset(statement_);
  return error;
}

Result<void> SqliteStatement::run(SqlValues values) {
  bind_all(values);
  return run_bound();
}

Result<void> SqliteStatement::run_bound() {
  for (;;) {
    TRY_ASSIGN(const bool more, step());
    if (!more) {
      return {};
    }
  }
}

Result<bool> SqliteStatement::find(SqlValues values) {
  bind_all(values);
  return step();
}

Result<bool> SqliteStatement::next() {
  return step();
}

std::int64_t SqliteStatement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view SqliteStatement::bytes(int column) const {
  // The pointer before the length; text as UTF-8, whatever the database keeps it as.
  const void* const bytes = sqlite3_column_type(statement_, column) == SQLITE_BLOB
                                ? sqlite3_column_blob(statement_, column)
                                : sqlite3_column_text(statement_, column);
  const int length = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(length)};
}

bool SqliteStatement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

// ---- connection

namespace {

int flags_of(SqliteConnection::Mode mode) {
  const int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
    case SqliteConnection::Mode::write:
      return common | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    case SqliteConnection::Mode::read:
      return common | SQLITE_OPEN_READONLY;
    case SqliteConnection::Mode::immutable:
      return common | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
  }
  CHECK(false);
}

std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (const char byte : path) {
    const auto code = static_cast<unsigned char>(byte);
    const bool plain = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
                       (code >= '0' && code <= '9') || code == '/' || code == '.' || code == '_';
    if (plain) {
      uri.push_back(byte);
    } else {
      uri.push_back('%');
      uri.push_back("0123456789abcdef"[code >> 4]);
      uri.push_back("0123456789abcdef"[code & 15]);
    }
  }
  return uri + "?immutable=1";
}

// The errno behind an error. The library notes it for a statement that fails, but not where a
// COMMIT does: then the log, and after it the database, knows its last one.
int system_code_of(sqlite3* database, int code) {
  const int primary = code & 0xff;
  if (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN) {
    return 0;  // what is noted is of another error
  }
  if (const int noted = sqlite3_system_errno(database); noted != 0) {
    return noted;
  }
  for (const int which : {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER}) {
    sqlite3_file* file = nullptr;
    int last = 0;
    if (sqlite3_file_control(database, "main", which, &file) == SQLITE_OK && file != nullptr &&
        file->pMethods != nullptr &&
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &last) == SQLITE_OK &&
        last != 0) {
      return last;
    }
  }
  return 0;
}

constexpr int nanoseconds_per_ms = 1'000'000;
constexpr std::size_t idle_statements_max = 64;

}  // namespace

SqliteConnection::SqliteConnection(sqlite3* database, const Options& options)
    : database_(database),
      path_(options.path),
      stamp_(options.mode == Mode::immutable ? file_stamp(options.path) : "") {}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, idle] : idle_) {
    sqlite3_finalize(idle.statement);
  }
  CHECK(sqlite3_close(database_) == SQLITE_OK);  // else a statement is still out
}

void SqliteConnection::keep(sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);  // they borrow
  if (failed_) {
    sqlite3_finalize(statement);
    return;
  }
  if (idle_.size() >= idle_statements_max) {
    let_go_of_the_oldest();
  }
  idle_.emplace(sqlite3_sql(statement), Idle{.statement = statement, .since = ++kept_});
}

// Some texts come once, such as an upsert of so many rows, and must not keep out those that come
// for every file.
void SqliteConnection::let_go_of_the_oldest() {
  const auto oldest = std::min_element(
      idle_.begin(), idle_.end(),
      [](const auto& a, const auto& b) { return a.second.since < b.second.since; });
  sqlite3_finalize(oldest->second.statement);
  idle_.erase(oldest);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const Options& options) {
  const std::string name =
      options.mode == Mode::immutable ? immutable_uri(options.path) : options.path;
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &database, flags_of(options.mode), nullptr);
  CHECK(database != nullptr);  // only where there is no memory for the handle itself
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(database, options));
  if (code != SQLITE_OK) {
    return connection->error(code);
  }
  sqlite3_busy_timeout(database, static_cast<int>(options.busy_wait / nanoseconds_per_ms));
  // What a hostile schema could abuse is off; a reader never checkpoints: only the writer does.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (options.mode != Mode::write) {
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  return connection;
}

Error SqliteConnection::error(int code) {
  failed_ = failed_ || connection_is_lost(code);
  return sqlite_error(path_, {.code = code,
                              .os_code = system_code_of(database_, code),
                              .words = sqlite3_errmsg(database_)});
}

Result<SqliteStatement> SqliteConnection::prepare(std::string_view sql) {
  if (const auto kept = idle_.find(sql); kept != idle_.end()) {
    sqlite3_stmt* const statement = kept->second.statement;
    idle_.erase(kept);
    return SqliteStatement(*this, statement);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    return error(code);
  }
  CHECK(statement != nullptr);
  ++made_;
  return SqliteStatement(*this, statement);
}

Result<void> SqliteConnection::execute(std::string_view sql) {
  TRY_ASSIGN(auto statement, prepare(sql));
  return statement.run(SqlValues());
}

Result<std::string> SqliteConnection::text_of(std::string_view sql) {
  TRY_ASSIGN(auto statement, prepare(sql));
  TRY_ASSIGN(const bool found, statement.find(SqlValues()));
  return found ? std::string(statement.bytes(0)) : std::string();
}

Result<std::int64_t> SqliteConnection::integer_of(std::string_view sql) {
  TRY_ASSIGN(auto statement, prepare(sql));
  TRY_ASSIGN(const bool found, statement.find(SqlValues()));
  return found ? statement.integer(0) : 0;
}

Result<std::string> SqliteConnection::collation_of(const std::string& table,
                                                   const std::string& column) {
  const char* collation = nullptr;
  const int code = sqlite3_table_column_metadata(database_, "main", table.c_str(), column.c_str(),
                                                 nullptr, &collation, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return error(code);
  }
  return std::string(collation == nullptr ? "BINARY" : collation);
}

std::int64_t SqliteConnection::rows_changed() const {
  return sqlite3_changes64(database_);
}

std::int64_t SqliteConnection::last_row_id() const {
  return sqlite3_last_insert_rowid(database_);
}

bool SqliteConnection::in_transaction() const {
  return sqlite3_get_autocommit(database_) == 0;
}

bool SqliteConnection::writable() const {
  return sqlite3_db_readonly(database_, "main") == 0;
}

bool SqliteConnection::overtaken() const {
  return !stamp_.empty() && (is_there(path_ + "-wal") || file_stamp(path_) != stamp_);
}

bool SqliteConnection::moved() const {
  int moved = 0;
  const int code = sqlite3_file_control(database_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code == SQLITE_OK && moved != 0;
}

}  // namespace weir
