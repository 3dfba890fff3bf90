// SPDX-License-Identifier: Apache-2.0
// Adds the sums of a partial to the user's table, and to its history. Private to this folder.
#pragma once

#include "store/mariadb_database.h"
#include "store/sql_engine.h"

namespace weir {

// Both read the partial from its start. Within the caller's transaction, which it must not commit
// after an error. `invalid`: a sum does not fit; the message names the consumer and both values.
Result<SqlAdded> add_to_mariadb_table(MariadbDatabase& db, const SqlLayout& layout,
                                      SumCursor& partial);
Result<SqlAdded> add_to_mariadb_history(MariadbDatabase& db, const SqlLayout& layout,
                                        const SqlHistoryPlace& place, SumCursor& partial);

// How rows are sent: MariaDB takes arrays of values for one row's statement, MySQL does not, and is
// sent statements of many rows. For tests; else by the server.
enum class MariadbRows { by_server, in_statements };
Result<SqlAdded> add_to_mariadb_table(MariadbDatabase& db, const SqlLayout& layout,
                                      SumCursor& partial, MariadbRows rows);

}  // namespace weir
