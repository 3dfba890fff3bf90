// SPDX-License-Identifier: Apache-2.0
// What differs between databases that speak SQL: words, tables, and the fast way to add many sums.
// Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/flow.h"
#include "model/partial.h"
#include "model/period.h"
#include "model/unit.h"
#include "store/sql.h"
#include "store/store.h"

namespace weir {

// What a store handle counts into.
struct SqlTarget {
  std::string place;  // for people, escaped: "weir.db", "postgresql://host/billing"
  std::string init;   // what makes its tables: "weir init --into sqlite:weir.db"
  StoreAccess access = StoreAccess::write;
  std::string flow;
  KeyKind key = KeyKind::integer;
  StoreSettings settings;
};

// The user's table, as the database knows it.
struct SqlLayout {
  std::string name;      // as it is
  std::string table;     // quoted, ready to stand in a statement
  std::string consumer;  // column, quoted
  std::string amount;    // column, quoted
  std::string history;   // the table of its history, as it is; empty: none is kept
  KeyKind key = KeyKind::integer;
};

struct SqlAdded {
  ControlSum control;
  std::uint64_t keys = 0;
};

// Reads the partial from its start, and hands each entry to `add`, which answers a Result<void>.
template <class Add>
Result<SqlAdded> add_each(SumCursor& partial, const Add& add) {
  SqlAdded added;
  TRY(partial.rewind());
  for (;;) {
    TRY_ASSIGN(const auto entries, partial.next());
    if (entries.empty()) {
      return added;
    }
    for (const SumEntry& entry : entries) {
      TRY(add(entry));
      added.control.add(entry);
    }
    added.keys += entries.size();
  }
}

// Where in the history sums go.
struct SqlHistoryPlace {
  Seconds at = 0;
  FileSequence file = 0;
  Period period = Period::file;
};

struct SqlWords {
  std::string_view name;          // stands before errors: "sqlite"
  std::string_view locked;        // behind a SELECT: its rows stay as they are till the end
  std::string_view flow;          // the column, so that no index is taken for its sake
  std::string_view join;          // the left table first, where it can be said
  std::string_view by_release;    // behind weir_file: by the index of what is not yet released
  std::string_view identity_key;  // the column of weir_file that an identity is found by,
  std::string_view key_of;        // and what stands in it for the identity `?`
  std::string_view if_new;        // behind an INSERT into weir_file: a known one stays
  std::string_view byte_order;    // behind a column of text keys in ORDER BY
  std::string_view own_number;    // before VALUES: rows bring the number the database would give
  std::string_view insert_new;    // an INSERT INTO any table that leaves a row that is there,
  std::string_view unless_there;  // and what stands behind it
  std::string_view microseconds;  // since 1970, now, by the server's clock; empty: it has no leases
  bool wide_history = false;      // amounts of history may be over 64 bits
  bool folds_case = false;        // of ASCII letters, in names of tables
  bool compares_rows = true;      // (a, b) > (1, 2) is found by an index
};

// Without state; any thread.
class SqlEngine {
 public:
  virtual ~SqlEngine() = default;
  virtual const SqlWords& words() const = 0;

  // Makes our tables, or those that version `from` lacks.
  virtual Result<void> migrate(SqlConnection& db, int from) const = 0;
  virtual Result<bool> table_exists(SqlConnection& db, const std::string& table) const = 0;
  virtual Result<void> make_table(SqlConnection& db, const SqlLayout& layout) const = 0;
  // The user's table. `invalid`: it cannot hold exact sums; the message ends with what to type.
  virtual Result<void> check_table(SqlConnection& db, const SqlTarget& target) const = 0;
  virtual Result<void> make_history(SqlConnection& db, const std::string& name,
                                    KeyKind key) const = 0;
  // The table of history, to be read in the order of time, file, consumer and period.
  virtual std::string history_by_time(const SqlLayout& layout) const = 0;
  // The last number that the database gave to a row of a table of ours, or was told of; 0: none.
  virtual Result<std::int64_t> last_number(SqlConnection& db, const std::string& table,
                                           const std::string& column) const = 0;
  // Those it will give are greater than this one, whatever rows there are.
  virtual Result<void> skip_numbers(SqlConnection& db, const std::string& table,
                                    const std::string& column, std::int64_t number) const = 0;
  // What the database itself finds wrong with its files, a sentence each.
  virtual Result<std::vector<std::string>> damage(SqlConnection& db) const = 0;

  // Both read the partial from its start, within the caller's transaction, which it must not commit
  // after an error. `invalid`: a sum does not fit; the message names the consumer and both values.
  virtual Result<SqlAdded> add(SqlConnection& db, const SqlLayout& layout,
                               SumCursor& partial) const = 0;
  virtual Result<SqlAdded> add_history(SqlConnection& db, const SqlLayout& layout,
                                       const SqlHistoryPlace& place, SumCursor& partial) const = 0;
};

}  // namespace weir
