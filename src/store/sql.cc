// SPDX-License-Identifier: Apache-2.0
#include "store/sql.h"

namespace weir {

Result<std::int64_t> SqlConnection::integer_of(std::string_view sql) {
  TRY_ASSIGN(auto statement, prepare(sql));
  TRY_ASSIGN(const bool found, statement.find({}));
  return found ? statement.integer(0) : 0;
}

Result<std::string> SqlConnection::text_of(std::string_view sql) {
  TRY_ASSIGN(auto statement, prepare(sql));
  TRY_ASSIGN(const bool found, statement.find({}));
  return found ? std::string(statement.bytes(0)) : std::string();
}

}  // namespace weir
