// SPDX-License-Identifier: Apache-2.0
// libpq as values and owners: the only place that includes its header. One thread at a time. Every
// wait for the server ends: at its answer, or when reply_wait is over. Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/sql.h"

struct pg_conn;
struct pg_result;

namespace weir {

// A value for `$1` and so on. Borrows.
struct PostgresParameter {
  std::string_view bytes;
  bool binary = false;
};

class PostgresResult {
 public:
  PostgresResult() = default;
  explicit PostgresResult(pg_result* result) : result_(result) {}

  int rows() const;
  bool is_null(int row, int column) const;
  std::string_view bytes(int row, int column) const;  // as text; of a bytea in hexadecimal
  bool is_bytea(int column) const;
  std::int64_t rows_changed() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

class PostgresConnection final : public SqlConnection {
 public:
  struct Options {
    Clock* clock;  // borrowed
    std::string url;
    std::string place;  // for people
    bool writes = false;
    Nanoseconds reply_wait = 0;
    Nanoseconds lock_wait = 0;
    Nanoseconds idle_wait = 0;  // of a writer between two statements of a transaction; 0: endless
    std::uint64_t copy_above_rows = 0;
  };
  // `invalid`: the server would acknowledge what it may lose.
  static Result<std::unique_ptr<PostgresConnection>> open(const Options& options);
  ~PostgresConnection() override;
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  const SqlEngine& engine() const override;
  Result<void> begin(Kind kind) override;
  Result<void> commit() override;
  Result<void> barrier() override;
  void roll_back() override;
  bool usable() const override { return !failed_; }
  using SqlConnection::prepare;
  Result<SqlStatement> prepare(std::string_view sql, SqlRows rows) override;
  Result<void> execute(std::string_view sql) override;
  std::int64_t rows_changed() const override { return rows_changed_; }
  using SqlConnection::insert;
  Result<std::optional<std::int64_t>> insert(std::string_view sql, std::string_view number_column,
                                             SqlValues values) override;

  // A statement with `$1`, prepared where it is `kept` for many runs.
  enum class Plan { once, kept };
  Result<PostgresResult> ask(const std::string& sql, std::span<const PostgresParameter> parameters,
                             Plan plan);
  // COPY … FROM STDIN: begin, its bytes in any portions, end. The server reads while the next ones
  // are made. Nothing else is asked in between, but roll_back().
  Result<void> begin_copy(const std::string& sql);
  Result<void> put_copy(std::string_view bytes);
  Result<void> end_copy();
  // The code of the last error; empty: there was none, or the connection was lost.
  const std::string& sqlstate() const { return sqlstate_; }
  const Options& options() const { return options_; }
  std::int64_t next_cursor() { return ++cursors_; }

 private:
  PostgresConnection(pg_conn* connection, const Options& options);
  Result<void> set_up();
  Result<void> bound_transactions();
  Result<void> check_durability();
  Result<std::string> statement_name(const std::string& sql);
  Result<PostgresResult> answer();
  Result<pg_result*> next_result(Nanoseconds deadline);
  Result<void> wait_for(short events, Nanoseconds deadline);
  Result<void> flush(Nanoseconds deadline);
  Nanoseconds deadline() const;
  Error lost(std::string_view why);
  Error error_of(const pg_result* result);

  const Options options_;
  pg_conn* connection_;
  std::map<std::string, std::string, std::less<>> prepared_;  // statement, its name on the server
  std::int64_t rows_changed_ = 0;
  std::int64_t cursors_ = 0;
  std::string sqlstate_;
  bool weakly_committed_ = false;  // told that a replica was not waited for
  bool copies_ = false;            // the server waits for more of a COPY
  bool failed_ = false;
};

}  // namespace weir
