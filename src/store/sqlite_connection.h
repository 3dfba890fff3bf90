// SPDX-License-Identifier: Apache-2.0
// SQLite's C API as values and owners: thin, and the only place that includes its header. One
// thread at a time; the session sees to that. Private to this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/sql.h"

struct sqlite3;
struct sqlite3_stmt;

namespace weir {

class SqliteConnection;

// A prepared statement; it goes back to its connection, which it must not outlive. Columns are read
// between a step that found a row and the next step.
class SqliteStatement final : public SqlPrepared {
 public:
  SqliteStatement(SqliteConnection& connection, sqlite3_stmt* statement);
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement() override;

  Result<void> run(SqlValues values) override;
  Result<bool> find(SqlValues values) override;
  Result<bool> next() override;
  Result<void> run(SqlStatement::Values values) { return run({values.begin(), values.size()}); }
  Result<bool> find(SqlStatement::Values values) { return find({values.begin(), values.size()}); }

  // Value by value, for rows of many: positions from 1; of one that is anew, or has run to its end.
  void reset();
  void bind(int position, const SqlValue& value);
  Result<void> run_bound();

  std::int64_t integer(int column) const override;
  std::string_view bytes(int column) const override;
  Int128 amount(int column) const override { return integer(column); }
  bool is_null(int column) const override;

 private:
  void bind_all(SqlValues values);
  Result<bool> step();

  SqliteConnection* connection_;
  sqlite3_stmt* statement_;
};

class SqliteConnection {
 public:
  enum class Mode {
    write,      // makes the file where it is missing
    read,       // beside a writer or not
    immutable,  // nobody writes: for a folder that cannot hold the files that readers share
  };
  struct Options {
    std::string path;
    Mode mode = Mode::read;
    Nanoseconds busy_wait = 0;  // for another program that holds the lock
  };
  // Opens the file, without reading it.
  static Result<std::unique_ptr<SqliteConnection>> open(const Options& options);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Of one that was prepared before, if it is not in use: preparing costs more than most runs.
  Result<SqliteStatement> prepare(std::string_view sql);
  Result<void> execute(std::string_view sql);  // one statement without values, to its end
  // The first column of the first row, as text; empty where there is none.
  Result<std::string> text_of(std::string_view sql);
  Result<std::int64_t> integer_of(std::string_view sql);  // the same; 0 where there is none
  Result<std::string> collation_of(const std::string& table, const std::string& column);

  std::int64_t rows_changed() const;  // by the last statement
  std::int64_t last_row_id() const;
  bool in_transaction() const;
  std::uint64_t statements_made() const { return made_; }  // those that no earlier one served for
  bool writable() const;
  const std::string& path() const { return path_; }
  // Opened as immutable, and a writer has come since: what was read may be torn. Open anew.
  bool overtaken() const;
  bool moved() const;                      // the path does not name the open file any more
  bool failed() const { return failed_; }  // not to be used again: open anew
  void fail() { failed_ = true; }

  // What the last call's code means, in words.
  Error error(int code);

 private:
  friend class SqliteStatement;
  SqliteConnection(sqlite3* database, const Options& options);
  void keep(sqlite3_stmt* statement);
  void let_go_of_the_oldest();

  struct Idle {
    sqlite3_stmt* statement;
    std::uint64_t since;  // in statements that were kept
  };
  sqlite3* database_;
  std::multimap<std::string, Idle, std::less<>> idle_;  // by their text
  std::uint64_t kept_ = 0;                              // statements, ever
  std::uint64_t made_ = 0;                              // the same
  const std::string path_;
  const std::string stamp_;  // of the file as it was opened, where it must not change
  bool failed_ = false;
};

}  // namespace weir
