// SPDX-License-Identifier: Apache-2.0
// The parts of the PostgreSQL store that are its own. Private to this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/postgres_connection.h"
#include "store/sql_engine.h"

namespace weir {

const SqlEngine& postgres_engine();

// With `?` or `?2` for its values.
std::unique_ptr<SqlPrepared> postgres_statement(PostgresConnection& connection,
                                                std::string_view sql, SqlRows rows);

// `unavailable`, or `invalid` where a person has to do something.
Error postgres_connect_error(const std::string& place, std::string_view words);

Result<void> migrate_postgres_tables(SqlConnection& db, int from);

// The user's table.
Result<bool> postgres_table_exists(SqlConnection& db, const std::string& table);
Result<void> check_postgres_table(SqlConnection& db, const SqlTarget& target);
std::string create_postgres_table(const SqlLayout& layout);  // the statement

// See SqlEngine::add and add_history.
Result<SqlAdded> add_to_postgres(PostgresConnection& db, const SqlLayout& layout,
                                 SumCursor& partial);
Result<SqlAdded> add_to_postgres_history(PostgresConnection& db, const SqlLayout& layout,
                                         const SqlHistoryPlace& place, SumCursor& partial);

}  // namespace weir
