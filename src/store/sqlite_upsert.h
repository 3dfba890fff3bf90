// SPDX-License-Identifier: Apache-2.0
// Adds the sums of a partial to the user's table, and to its history. Private to this folder.
#pragma once

#include <cstdint>

#include "model/partial.h"
#include "model/period.h"
#include "model/unit.h"
#include "store/sql_engine.h"
#include "store/sqlite_connection.h"

namespace weir {

// Reads the partial from its start. Within the caller's transaction, which it must not commit after
// an error. `invalid`: a sum does not fit; the message names the consumer and both values.
Result<SqlAdded> add_to_table(SqliteConnection& db, const SqlLayout& layout, SumCursor& partial);

// The same into the table of history.
Result<SqlAdded> add_to_history(SqliteConnection& db, const SqlLayout& layout,
                                const SqlHistoryPlace& place, SumCursor& partial);

}  // namespace weir
