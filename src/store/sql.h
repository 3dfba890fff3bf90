// SPDX-License-Identifier: Apache-2.0
// A database that speaks SQL, as those parts of a store see it that are the same on every one
// (sql_*.cc). Statements are written with `?` or `?N`, and with names in double quotes. One thread
// at a time; the session sees to that. Private to this folder.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/int128.h"
#include "base/result.h"

namespace weir {

struct SqlBlob {
  std::string_view bytes;
};

// For a column that holds sums, whatever its type.
struct SqlAmount {
  Int128 value = 0;
};

// A value for a statement's `?`. Borrows text and blobs until the statement has run.
class SqlValue {
 public:
  enum class Kind { integer, text, blob, amount };
  SqlValue(std::int64_t value) : kind(Kind::integer), number(value) {}    // NOLINT: implicit
  SqlValue(std::string_view value) : kind(Kind::text), bytes(value) {}    // on purpose, so
  SqlValue(const std::string& value) : kind(Kind::text), bytes(value) {}  // that calls read
  SqlValue(SqlBlob value) : kind(Kind::blob), bytes(value.bytes) {}       // as rows
  SqlValue(SqlAmount value) : kind(Kind::amount), number(value.value) {}  // NOLINT: the same

  std::int64_t integer() const { return static_cast<std::int64_t>(number); }

  Kind kind;
  Int128 number = 0;
  std::string_view bytes;
};
using SqlValues = std::span<const SqlValue>;

// What an adapter makes of a statement. See SqlStatement.
class SqlPrepared {
 public:
  virtual ~SqlPrepared() = default;
  virtual Result<void> run(SqlValues values) = 0;
  virtual Result<bool> find(SqlValues values) = 0;
  virtual Result<bool> next() = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view bytes(int column) const = 0;
  virtual Int128 amount(int column) const = 0;
  virtual bool is_null(int column) const = 0;
};

// A prepared statement; it must not outlive its connection. Columns, from 0, are read between a
// step that found a row and the next step.
class SqlStatement {
 public:
  using Values = std::initializer_list<SqlValue>;
  explicit SqlStatement(std::unique_ptr<SqlPrepared> prepared) : prepared_(std::move(prepared)) {}

  // Starts anew with these values and runs to the end.
  Result<void> run(Values values) { return prepared_->run({values.begin(), values.size()}); }
  Result<void> run_with(SqlValues values) { return prepared_->run(values); }
  // Starts anew with these values; true: there is a row. What is borrowed must outlive the rows.
  Result<bool> find(Values values) { return prepared_->find({values.begin(), values.size()}); }
  Result<bool> find_with(SqlValues values) { return prepared_->find(values); }
  Result<bool> next() { return prepared_->next(); }

  std::int64_t integer(int column) const { return prepared_->integer(column); }
  std::string_view bytes(int column) const { return prepared_->bytes(column); }  // text or blob
  Int128 amount(int column) const { return prepared_->amount(column); }  // of a column of sums
  bool is_null(int column) const { return prepared_->is_null(column); }

 private:
  std::unique_ptr<SqlPrepared> prepared_;
};

// How many rows a statement finds: many are not all held in memory.
enum class SqlRows { few, many };

class SqlEngine;

class SqlConnection {
 public:
  enum class Kind {
    read,     // one snapshot
    write,    // beside others that write other files
    correct,  // nobody else writes meanwhile; one snapshot
  };
  virtual ~SqlConnection() = default;
  virtual const SqlEngine& engine() const = 0;

  // `invalid`: it is there to be read only.
  virtual Result<void> begin(Kind kind) = 0;
  virtual Result<void> commit() = 0;  // an error: nothing is known of what became of it
  // After it, outside of a transaction, all that was seen as committed is as safe as a commit of
  // ours: also what another connection, or one that was lost, has committed.
  virtual Result<void> barrier() { return {}; }
  virtual void roll_back() = 0;     // where one is open; a failure makes it unusable
  virtual bool usable() const = 0;  // false: open it anew

  virtual Result<SqlStatement> prepare(std::string_view sql, SqlRows rows) = 0;
  Result<SqlStatement> prepare(std::string_view sql) { return prepare(sql, SqlRows::few); }
  virtual Result<void> execute(std::string_view sql) = 0;  // one statement without values
  virtual std::int64_t rows_changed() const = 0;           // by the last statement
  // Runs an INSERT of one row whose number the database gives. Answers that; nothing: the statement
  // found the row there already, and left it.
  virtual Result<std::optional<std::int64_t>> insert(std::string_view sql,
                                                     std::string_view number_column,
                                                     SqlValues values) = 0;

  Result<std::optional<std::int64_t>> insert(std::string_view sql, std::string_view number_column,
                                             SqlStatement::Values values) {
    return insert(sql, number_column, SqlValues(values.begin(), values.size()));
  }
  // The first column of the first row; 0 and empty where there is none.
  Result<std::int64_t> integer_of(std::string_view sql);
  Result<std::string> text_of(std::string_view sql);
};

}  // namespace weir
