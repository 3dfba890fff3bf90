// SPDX-License-Identifier: Apache-2.0
// Our tables: how they are made, and how those of an older weir are brought up to date. Private to
// this folder.
#pragma once

#include "store/sqlite_connection.h"

namespace weir {

// From any version that this program knows (0: there is nothing) to store_schema_version, within
// the caller's transaction. A new database is made by all steps in turn, so that it cannot differ
// from one that was migrated.
Result<void> migrate_sqlite_tables(SqliteConnection& db, int from);

}  // namespace weir
