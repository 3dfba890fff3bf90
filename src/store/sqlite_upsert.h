// SPDX-License-Identifier: Apache-2.0
// Adds the sums of a partial to the user's table, and to its history. Private to this folder.
#pragma once

#include <cstdint>

#include "model/partial.h"
#include "model/period.h"
#include "model/unit.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_session.h"

namespace weir {

struct SqliteAdded {
  ControlSum control;
  std::uint64_t keys = 0;
};

// Reads the partial from its start. Within the caller's transaction, which it must not commit after
// an error. `invalid`: a sum does not fit; the message names the consumer and both values.
Result<SqliteAdded> add_partial(SqliteConnection& db, const SqliteLayout& layout,
                                SumCursor& partial);

// Where in the history the sums go.
struct SqliteHistoryPlace {
  Seconds at = 0;
  FileSequence file = 0;
};
// The same into the table of history.
Result<SqliteAdded> add_history(SqliteConnection& db, const SqliteLayout& layout,
                                const SqliteHistoryPlace& place, SumCursor& partial);

}  // namespace weir
