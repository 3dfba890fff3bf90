// SPDX-License-Identifier: Apache-2.0
// Prepared statements of MariaDB. Private to this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "store/sql.h"

namespace weir {

class MariadbConnection;

// A column of values for run_rows(). Borrows all.
struct MariadbArray {
  enum class Kind { integer, text, amount };
  Kind kind = Kind::integer;
  std::span<const std::int64_t> numbers = {};  // of integers
  std::span<char*> texts = {};                 // of texts, and of amounts in decimal
  std::span<unsigned long> lengths = {};       // of texts and amounts, bytes
};

// What the server keeps of a statement, and the room for its values and columns; kept for reuse.
class MariadbCompiled {
 public:
  static Result<std::unique_ptr<MariadbCompiled>> make(MariadbConnection& connection,
                                                       std::string_view sql, SqlRows rows);
  static std::string key(std::string_view sql, SqlRows rows);
  const std::string& key() const;
  ~MariadbCompiled();
  MariadbCompiled(const MariadbCompiled&) = delete;
  MariadbCompiled& operator=(const MariadbCompiled&) = delete;

 private:
  friend class MariadbStatement;
  friend class MariadbConnection;
  struct State;
  explicit MariadbCompiled(std::unique_ptr<State> state);
  void close_result();

  const std::unique_ptr<State> state_;
};

// It goes back to its connection, which it must not outlive. Many rows are read through a cursor of
// the server, so that other statements may run meanwhile.
class MariadbStatement final : public SqlPrepared {
 public:
  MariadbStatement(MariadbConnection& connection, std::unique_ptr<MariadbCompiled> compiled);
  ~MariadbStatement() override;
  MariadbStatement(const MariadbStatement&) = delete;
  MariadbStatement& operator=(const MariadbStatement&) = delete;

  Result<void> run(SqlValues values) override;
  Result<bool> find(SqlValues values) override;
  Result<bool> next() override;
  Result<void> run(SqlStatement::Values values) { return run({values.begin(), values.size()}); }
  Result<bool> find(SqlStatement::Values values) { return find({values.begin(), values.size()}); }

  // All rows in one go, as one statement: MariaDB alone can do it, not MySQL. At least one row.
  Result<void> run_rows(std::span<const MariadbArray> columns, std::size_t rows);

  std::int64_t integer(int column) const override;
  std::string_view bytes(int column) const override;
  Int128 amount(int column) const override;
  bool is_null(int column) const override;

 private:
  Result<void> start(SqlValues values);
  Result<void> execute();
  Result<void> open_result();
  Result<void> describe_columns();
  Result<bool> fetch();
  Result<void> read_rest();
  Error failure();

  MariadbConnection& connection_;
  std::unique_ptr<MariadbCompiled> compiled_;
};

}  // namespace weir
