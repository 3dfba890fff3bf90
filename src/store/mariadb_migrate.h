// SPDX-License-Identifier: Apache-2.0
// Our tables on MariaDB. Private to this folder.
#pragma once

#include <string>

#include "store/mariadb_database.h"

namespace weir {

// Makes what is missing. May be cut off anywhere, and goes on when it is called again.
Result<void> migrate_mariadb_tables(MariadbDatabase& db, int from);

// The table of history, which nothing names yet: until the caller's transaction does, it is one
// that was begun, and goes with the next migration.
Result<void> make_mariadb_history(MariadbDatabase& db, const std::string& name, KeyKind key);

// What stands behind the columns of every table that we make.
std::string mariadb_table_options(const MariadbServer& server);

}  // namespace weir
