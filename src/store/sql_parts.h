// SPDX-License-Identifier: Apache-2.0
// The parts of a store on a database that speaks SQL, each in its file, and what they share.
// Private to this folder.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "store/sql_engine.h"
#include "store/sql_session.h"
#include "store/store.h"

namespace weir {

// What the parts borrow.
struct SqlParts {
  Clock& clock;
  const SqlTarget& target;
  SqlSession& main;     // writes, and reads what is about to be written
  SqlSession& reading;  // the same one where the store only reads
  // Told the database's incarnation before anything is counted into it.
  std::function<Result<void>(const std::string&)> witness;
};

std::unique_ptr<Schema> sql_schema(const SqlParts& parts);
std::unique_ptr<Ledger> sql_ledger(const SqlParts& parts);
std::unique_ptr<Committer> sql_committer(const SqlParts& parts);
std::unique_ptr<Totals> sql_totals(const SqlParts& parts);
std::unique_ptr<Listings> sql_listings(const SqlParts& parts);
std::unique_ptr<Audit> sql_audit(const SqlParts& parts);
std::unique_ptr<History> sql_history(const SqlParts& parts);
std::unique_ptr<Corrections> sql_corrections(const SqlParts& parts);
std::unique_ptr<TableCopy> sql_copy(const SqlParts& parts);

// For sessions. `invalid`: the database has no tables of ours, or does not count into this one.
Result<SqlLayout> sql_layout(SqlConnection& db, const SqlTarget& target);
// As it would be made.
SqlLayout layout_of(const SqlTarget& target);

// As the database has it; 0 and empty where it has no tables of ours. `corrupt`: it is none.
Result<int> schema_version(SqlConnection& db);
Result<std::string> incarnation_of(SqlConnection& db);
// `invalid`: a newer weir made it.
Result<void> check_schema_version(SqlConnection& db, const std::string& place);

// All rows, ascending by key.
Result<void> scan_table(SqlConnection& db, const SqlLayout& layout,
                        const std::function<Result<void>(const SumEntry&)>& visit);
// Within the caller's transaction.
Result<Books> read_books(SqlConnection& db, const SqlLayout& layout);
// The columns of consumer and of amount, from 0.
SumEntry sum_entry(const SqlStatement& row, KeyKind key);

}  // namespace weir
