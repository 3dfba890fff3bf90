// SPDX-License-Identifier: Apache-2.0
// Making, checking and opening: our tables, the table that is counted into, and its history.
#include <algorithm>
#include <climits>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/identifier.h"
#include "store/sql_history_rows.h"
#include "store/sql_parts.h"

namespace weir {
namespace {

Result<bool> has_our_tables(SqlConnection& db) {
  return db.engine().table_exists(db, "weir_meta");
}

std::string_view key_name(KeyKind key) {
  return key == KeyKind::text ? "text" : "integer";
}

struct StoredTable {
  std::string consumer;
  std::string amount;
  std::string key;
  std::string history;  // the name of its table; empty: none is kept
};

Result<std::optional<StoredTable>> stored_table(SqlConnection& db, const std::string& name) {
  TRY_ASSIGN(auto row, db.prepare("SELECT consumer_column, amount_column, \"key\", history "
                                  "FROM weir_table WHERE name = ?"));
  TRY_ASSIGN(const bool found, row.find({name}));
  if (!found) {
    return std::optional<StoredTable>();
  }
  return std::optional(StoredTable{.consumer = std::string(row.bytes(0)),
                                   .amount = std::string(row.bytes(1)),
                                   .key = std::string(row.bytes(2)),
                                   .history = std::string(row.bytes(3))});
}

Result<std::string> names_of_tables(SqlConnection& db) {
  TRY_ASSIGN(auto row, db.prepare("SELECT name FROM weir_table ORDER BY name"));
  std::string names;
  TRY_ASSIGN(bool more, row.find({}));
  while (more) {
    names += (names.empty() ? "" : ", ") + std::string(row.bytes(0));
    TRY_ASSIGN(more, row.next());
  }
  return names;
}

Result<void> check_same(const StoredTable& stored, const SqlTarget& target) {
  const std::string who = "the table " + quoted(target.settings.table) + " in " + target.place;
  if (stored.key != key_name(target.key)) {
    return Error{ErrorKind::invalid, who + " has " + escaped(stored.key) + " keys, not " +
                                         std::string(key_name(target.key)) +
                                         " ones: set format.key = \"" + escaped(stored.key) +
                                         "\", or name another table with store.table"};
  }
  if (stored.consumer != target.settings.consumer_column ||
      stored.amount != target.settings.amount_column) {
    return Error{ErrorKind::invalid, who + " is counted by its columns " + quoted(stored.consumer) +
                                         " and " + quoted(stored.amount) +
                                         ": set store.consumer and store.amount so"};
  }
  return {};
}

bool same_table(SqlConnection& db, std::string_view a, std::string_view b) {
  const auto same = [folds = db.engine().words().folds_case](char left, char right) {
    const auto folded = [](char byte) {
      return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    };
    return left == right || (folds && folded(left) == folded(right));
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

Error other_table(const SqlTarget& target, std::string_view stored) {
  return {ErrorKind::invalid, "the flow '" + escaped(target.flow) + "' counts into the table " +
                                  quoted(stored) + " in " + target.place + ", not into " +
                                  quoted(target.settings.table) +
                                  ": give the new flow another name"};
}

class SqlSchema final : public Schema {
 public:
  explicit SqlSchema(const SqlParts& parts) : parts_(parts) {}

  Result<void> prepare() override;
  Result<void> check() override;
  Result<int> version() override;
  Result<std::string> incarnation() override;
  Result<std::string> lineage() override;

 private:
  Result<std::string> prepare_all();
  Result<void> prepare_table(SqlConnection& db);
  Result<void> check_there(SqlConnection& db, const std::string& table);
  Result<void> adopt_table(SqlConnection& db);
  Result<void> prepare_history(SqlConnection& db);
  Result<void> prepare_flow(SqlConnection& db);

  const SqlParts parts_;
};

Result<void> SqlSchema::prepare() {
  const StoreSettings& settings = parts_.target.settings;
  TRY(check_identifier("store.table", settings.table));
  TRY(check_identifier("store.consumer", settings.consumer_column));
  TRY(check_identifier("store.amount", settings.amount_column));
  TRY_ASSIGN(const std::string incarnation, prepare_all());
  parts_.main.look_again();  // history may be kept from now on
  parts_.reading.look_again();
  return parts_.witness(incarnation);  // nothing is counted before the witness stands
}

Result<std::string> SqlSchema::prepare_all() {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin_bare(SqlTransaction::Kind::correct));
  SqlConnection& db = transaction.db();
  TRY_ASSIGN(const int version, schema_version(db));
  TRY(db.engine().migrate(db, version));
  TRY(prepare_table(db));
  TRY(prepare_history(db));
  TRY(prepare_flow(db));
  TRY_ASSIGN(std::string incarnation, incarnation_of(db));
  TRY(transaction.commit());
  return incarnation;
}

Result<void> SqlSchema::prepare_table(SqlConnection& db) {
  const SqlTarget& target = parts_.target;
  const std::string& name = target.settings.table;
  TRY_ASSIGN(const auto stored, stored_table(db, name));
  if (stored) {
    TRY(check_there(db, name));
    TRY(check_same(*stored, target));
    return db.engine().check_table(db, target);
  }
  TRY_ASSIGN(const bool exists, db.engine().table_exists(db, name));
  if (!exists) {
    TRY(db.engine().make_table(db, layout_of(target)));
  }
  TRY(db.engine().check_table(db, target));
  return adopt_table(db);
}

Result<void> SqlSchema::check_there(SqlConnection& db, const std::string& table) {
  TRY_ASSIGN(const bool exists, db.engine().table_exists(db, table));
  if (!exists) {
    return Error{ErrorKind::corrupt, "the table " + quoted(table) + " is gone from " +
                                         parts_.target.place +
                                         ", but the ledger counted into it: restore it from a "
                                         "backup"};
  }
  return {};
}

// What it holds already is the base of the books.
Result<void> SqlSchema::adopt_table(SqlConnection& db) {
  const SqlTarget& target = parts_.target;
  ControlSum base;
  TRY(scan_table(db, layout_of(target), [&](const SumEntry& entry) -> Result<void> {
    base.add(entry);
    return {};
  }));
  TRY_ASSIGN(auto insert,
             db.prepare("INSERT INTO weir_table(name, consumer_column, amount_column, \"key\", "
                        "base_amount, base_keyed, entered_at) VALUES(?, ?, ?, ?, ?, ?, ?)"));
  return insert.run({target.settings.table, target.settings.consumer_column,
                     target.settings.amount_column, key_name(target.key), to_text(base.amount),
                     to_hex(base.keyed), parts_.clock.wall()});
}

// Made when it is first asked for. It stays: what it holds is the only proof of what it tells.
Result<void> SqlSchema::prepare_history(SqlConnection& db) {
  const StoreSettings& settings = parts_.target.settings;
  TRY_ASSIGN(const auto stored, stored_table(db, settings.table));
  CHECK(stored);  // prepare_table saw to it
  if (!stored->history.empty()) {
    return check_there(db, stored->history);
  }
  if (settings.keep != StoreSettings::Keep::history) {
    return {};
  }
  const std::string name = settings.table + "_history";
  TRY(check_identifier("the history of store.table", name));
  TRY_ASSIGN(const bool exists, db.engine().table_exists(db, name));
  if (exists) {
    return Error{ErrorKind::invalid, "there is a table " + quoted(name) + " in " +
                                         parts_.target.place +
                                         " that weir did not make: rename it, or count into "
                                         "another table (store.table)"};
  }
  TRY(db.engine().make_history(db, name, parts_.target.key));
  TRY_ASSIGN(auto update, db.prepare("UPDATE weir_table SET history = ? WHERE name = ?"));
  return update.run({name, settings.table});
}

// A flow counts into one table for good: its ledger would be wrong for another.
Result<void> SqlSchema::prepare_flow(SqlConnection& db) {
  const std::string& flow = parts_.target.flow;
  const std::string& table = parts_.target.settings.table;
  TRY_ASSIGN(auto row, db.prepare("SELECT table_name FROM weir_flow WHERE name = ?"));
  TRY_ASSIGN(const bool found, row.find({flow}));
  if (!found) {
    TRY_ASSIGN(auto insert, db.prepare("INSERT INTO weir_flow VALUES(?, ?)"));
    return insert.run({flow, table});
  }
  if (!same_table(db, row.bytes(0), table)) {
    return other_table(parts_.target, row.bytes(0));
  }
  return {};
}

Result<void> SqlSchema::check() {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  const SqlTarget& target = parts_.target;
  TRY_ASSIGN(auto row, transaction.db().prepare("SELECT table_name FROM weir_flow WHERE name = ?"));
  TRY_ASSIGN(const bool found, row.find({target.flow}));
  const bool keeps_history = target.settings.keep == StoreSettings::Keep::history;
  if (!found || (keeps_history && transaction.layout().history.empty())) {
    return Error{ErrorKind::invalid, "the flow '" + escaped(target.flow) + "' is not set up in " +
                                         target.place + " yet: run: " + target.init};
  }
  if (!same_table(transaction.db(), row.bytes(0), target.settings.table)) {
    return other_table(target, row.bytes(0));
  }
  return transaction.commit();
}

Result<int> SqlSchema::version() {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin_bare(SqlTransaction::Kind::read));
  TRY_ASSIGN(const int version, schema_version(transaction.db()));
  TRY(transaction.commit());
  return version;
}

// By the connection that counts: whoever takes over from a server, or restores it, ends those that
// it had.
Result<std::string> SqlSchema::lineage() {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  TRY_ASSIGN(const std::string incarnation, incarnation_of(transaction.db()));
  TRY(transaction.commit());
  return incarnation + "." + std::to_string(transaction.connection_number());
}

Result<std::string> SqlSchema::incarnation() {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  TRY_ASSIGN(std::string incarnation, incarnation_of(transaction.db()));
  TRY(transaction.commit());
  return incarnation;
}

}  // namespace

SqlLayout layout_of(const SqlTarget& target) {
  return {.name = target.settings.table,
          .table = quoted(target.settings.table),
          .consumer = quoted(target.settings.consumer_column),
          .amount = quoted(target.settings.amount_column),
          .key = target.key};
}

Result<int> schema_version(SqlConnection& db) {
  TRY_ASSIGN(const bool ours, has_our_tables(db));
  if (!ours) {
    return 0;
  }
  TRY_ASSIGN(const auto version,
             db.integer_of("SELECT value FROM weir_meta WHERE name = 'schema_version'"));
  if (version < 1) {
    return Error{ErrorKind::corrupt,
                 "weir_meta has lost the version of the schema: restore the database from "
                 "a backup"};
  }
  return static_cast<int>(std::min<std::int64_t>(version, INT_MAX));
}

Result<void> check_schema_version(SqlConnection& db, const std::string& place) {
  TRY_ASSIGN(const int version, schema_version(db));
  if (version > store_schema_version) {
    return Error{ErrorKind::invalid, place + " was made by a newer weir (schema " +
                                         std::to_string(version) + "; this one knows " +
                                         std::to_string(store_schema_version) +
                                         "): use that version"};
  }
  return {};
}

Result<std::string> incarnation_of(SqlConnection& db) {
  TRY_ASSIGN(const bool ours, has_our_tables(db));
  if (!ours) {
    return std::string();
  }
  return db.text_of("SELECT value FROM weir_meta WHERE name = 'incarnation'");
}

Result<SqlLayout> sql_layout(SqlConnection& db, const SqlTarget& target) {
  TRY_ASSIGN(const int version, schema_version(db));
  if (version == 0) {
    return Error{ErrorKind::invalid, target.place + " holds no totals yet: run: " + target.init};
  }
  if (version < store_schema_version) {
    return Error{ErrorKind::invalid, target.place + " was made by an older weir (schema " +
                                         std::to_string(version) + "): run: " + target.init};
  }
  TRY_ASSIGN(const auto stored, stored_table(db, target.settings.table));
  if (!stored) {
    TRY_ASSIGN(const std::string names, names_of_tables(db));
    return Error{ErrorKind::invalid,
                 "weir does not count into a table " + quoted(target.settings.table) + " in " +
                     target.place + ", but into " + escaped(names) + ": name it with store.table"};
  }
  if (target.access == StoreAccess::write) {
    TRY(check_same(*stored, target));
  }
  return SqlLayout{.name = target.settings.table,
                   .table = quoted(target.settings.table),
                   .consumer = quoted(stored->consumer),
                   .amount = quoted(stored->amount),
                   .history = stored->history,
                   .key = stored->key == "text" ? KeyKind::text : KeyKind::integer};
}

std::unique_ptr<Schema> sql_schema(const SqlParts& parts) {
  return std::make_unique<SqlSchema>(parts);
}

}  // namespace weir
