// SPDX-License-Identifier: Apache-2.0
// The parts of the SQLite store that are its own. Private to this folder.
#pragma once

#include <memory>
#include <string>

#include "store/sql_parts.h"
#include "store/sqlite.h"
#include "store/sqlite_connection.h"

namespace weir {

const SqlEngine& sqlite_engine();

// For sessions. `incarnation`: what the marker says; empty: it says nothing.
Result<std::unique_ptr<SqlConnection>> connect_sqlite(const SqliteStoreOptions& options,
                                                      SqliteConnection::Mode mode,
                                                      const std::string& incarnation);

// The user's table. `invalid`: it cannot hold exact sums; the message ends with what to type.
Result<bool> sqlite_table_exists(SqliteConnection& db, const std::string& table);
Result<void> check_sqlite_table(SqliteConnection& db, const SqlTarget& target);
std::string create_sqlite_table(const SqlLayout& layout);  // the statement

}  // namespace weir
