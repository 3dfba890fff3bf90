// SPDX-License-Identifier: Apache-2.0
// The SQLite store's parts, each in its file, and what they share. Private to this folder.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "store/sqlite.h"
#include "store/sqlite_place.h"
#include "store/sqlite_session.h"
#include "store/store.h"

namespace weir {

// What the parts borrow. The marker is there where the store writes.
struct SqliteParts {
  Clock& clock;
  const SqliteStoreOptions& options;  // the path resolved
  SqliteMarker* marker;
  SqliteSession& main;     // writes, and reads what is about to be written
  SqliteSession& reading;  // the same one where the store only reads
};

std::unique_ptr<Schema> sqlite_schema(const SqliteParts& parts);
std::unique_ptr<Ledger> sqlite_ledger(const SqliteParts& parts);
std::unique_ptr<Committer> sqlite_committer(const SqliteParts& parts);
std::unique_ptr<Totals> sqlite_totals(const SqliteParts& parts);
std::unique_ptr<Listings> sqlite_listings(const SqliteParts& parts);
std::unique_ptr<Audit> sqlite_audit(const SqliteParts& parts);
std::unique_ptr<History> sqlite_history(const SqliteParts& parts);
std::unique_ptr<Corrections> sqlite_corrections(const SqliteParts& parts);

// For sessions.
Result<std::unique_ptr<SqliteConnection>> connect_sqlite(const SqliteStoreOptions& options,
                                                         SqliteConnection::Mode mode,
                                                         const std::string& incarnation);
// `invalid`: the database has no tables of ours, or does not count into this one.
Result<SqliteLayout> sqlite_layout(SqliteConnection& db, const SqliteStoreOptions& options);

// As the database has it; 0 and empty where it has no tables of ours. `corrupt`: it is none.
Result<int> sqlite_schema_version(SqliteConnection& db);
Result<std::string> sqlite_incarnation(SqliteConnection& db);

// The user's table. `invalid`: it cannot hold exact sums; the message ends with what to type.
Result<bool> sqlite_table_exists(SqliteConnection& db, const std::string& table);
Result<void> check_sqlite_table(SqliteConnection& db, const SqliteStoreOptions& options);
std::string create_sqlite_table(const SqliteLayout& layout);  // the statement
SqliteLayout layout_of(const SqliteStoreOptions& options);

// All rows, ascending by key.
Result<void> scan_sqlite_table(SqliteConnection& db, const SqliteLayout& layout,
                               const std::function<Result<void>(const SumEntry&)>& visit);

}  // namespace weir
