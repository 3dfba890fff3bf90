// SPDX-License-Identifier: Apache-2.0
// The user's table on MariaDB. Private to this folder.
#pragma once

#include <string>

#include "store/mariadb_database.h"
#include "store/sql_engine.h"

namespace weir {

Result<bool> mariadb_table_exists(MariadbDatabase& db, const std::string& table);
std::string create_mariadb_table(const SqlLayout& layout);  // the statement
// `invalid`: it cannot hold exact sums; the message ends with what to type.
Result<void> check_mariadb_table(MariadbDatabase& db, const SqlTarget& target);

// The greatest amount that its column takes; the least is as far below 0, or one further.
Result<Int128> mariadb_amount_max(MariadbDatabase& db, const std::string& table,
                                  const std::string& column);

}  // namespace weir
