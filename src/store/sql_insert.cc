// SPDX-License-Identifier: Apache-2.0
#include "store/sql_insert.h"

#include <utility>

#include "base/check.h"

namespace weir {
namespace {

// Of 30 columns, they take a tenth of the values that any database allows in a statement.
constexpr std::size_t rows_per_statement = 100;

}  // namespace

SqlInsert::SqlInsert(SqlConnection& db, std::string into, std::size_t columns)
    : db_(db), into_(std::move(into)), columns_(columns) {}

std::string_view SqlInsert::keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

Result<void> SqlInsert::add(std::initializer_list<SqlValue> row) {
  CHECK(row.size() == columns_);
  values_.insert(values_.end(), row);
  if (values_.size() < rows_per_statement * columns_) {
    return {};
  }
  TRY(write(many_, values_));
  values_.clear();
  texts_.clear();
  return {};
}

Result<void> SqlInsert::flush() {
  for (SqlValues left = values_; !left.empty(); left = left.subspan(columns_)) {
    TRY(write(one_, left.first(columns_)));
  }
  values_.clear();
  texts_.clear();
  return {};
}

Result<void> SqlInsert::write(std::optional<SqlStatement>& statement, SqlValues rows) {
  if (!statement) {
    TRY_ASSIGN(auto prepared, db_.prepare(sql_for(rows.size() / columns_)));
    statement.emplace(std::move(prepared));
  }
  return statement->run_with(rows);
}

std::string SqlInsert::sql_for(std::size_t rows) const {
  std::string row = "(?";
  for (std::size_t i = 1; i < columns_; ++i) {
    row += ", ?";
  }
  row += ")";
  std::string sql = "INSERT INTO " + into_ + " VALUES " + row;
  for (std::size_t i = 1; i < rows; ++i) {
    sql += ", " + row;
  }
  return sql;
}

}  // namespace weir
