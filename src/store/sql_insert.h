// SPDX-License-Identifier: Apache-2.0
// New rows by the hundred: one statement for many. Private to this folder.
#pragma once

#include <cstddef>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sql.h"

namespace weir {

class SqlInsert {
 public:
  // into: "weir_unit(file, epoch) OVERRIDING …". Borrows the connection.
  SqlInsert(SqlConnection& db, std::string into, std::size_t columns);

  // A row with a value for each column. What values borrow must live until the flush.
  Result<void> add(std::initializer_list<SqlValue> row);
  // A text that lives until the flush.
  std::string_view keep(std::string text);
  // The last rows; what was borrowed may go.
  Result<void> flush();

 private:
  Result<void> write(std::optional<SqlStatement>& statement, SqlValues rows);
  std::string sql_for(std::size_t rows) const;

  SqlConnection& db_;
  const std::string into_;
  const std::size_t columns_;
  std::vector<SqlValue> values_;
  std::deque<std::string> texts_;
  std::optional<SqlStatement> many_;
  std::optional<SqlStatement> one_;
};

}  // namespace weir
