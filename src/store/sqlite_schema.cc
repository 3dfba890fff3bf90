// SPDX-License-Identifier: Apache-2.0
// Making, checking and opening: our tables, the table that is counted into, and its history.
#include <algorithm>
#include <climits>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/identifier.h"
#include "store/sqlite_history_rows.h"
#include "store/sqlite_migrate.h"
#include "store/sqlite_parts.h"

namespace weir {
namespace {

Result<bool> has_our_tables(SqliteConnection& db) {
  TRY_ASSIGN(const auto found,
             db.integer_of("SELECT count(*) FROM sqlite_schema WHERE name = 'weir_meta'"));
  return found > 0;
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

Result<std::optional<StoredTable>> stored_table(SqliteConnection& db, const std::string& name) {
  TRY_ASSIGN(auto row, db.prepare("SELECT consumer_column, amount_column, key, history "
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

Result<void> check_same(const StoredTable& stored, const SqliteStoreOptions& options) {
  const std::string who =
      "the table " + quoted(options.settings.table) + " in " + escaped(options.path);
  if (stored.key != key_name(options.key)) {
    return Error{ErrorKind::invalid, who + " has " + escaped(stored.key) + " keys, not " +
                                         std::string(key_name(options.key)) +
                                         " ones: set format.key = \"" + escaped(stored.key) +
                                         "\", or name another table with store.table"};
  }
  if (stored.consumer != options.settings.consumer_column ||
      stored.amount != options.settings.amount_column) {
    return Error{ErrorKind::invalid, who + " is counted by its columns " + quoted(stored.consumer) +
                                         " and " + quoted(stored.amount) +
                                         ": set store.consumer and store.amount so"};
  }
  return {};
}

class SqliteSchema final : public Schema {
 public:
  explicit SqliteSchema(const SqliteParts& parts) : parts_(parts) {}

  Result<void> prepare() override;
  Result<int> version() override;
  Result<std::string> incarnation() override;

 private:
  Result<std::string> prepare_all();
  Result<void> prepare_table(SqliteConnection& db);
  Result<void> check_there(SqliteConnection& db, const std::string& table);
  Result<void> adopt_table(SqliteConnection& db);
  Result<void> prepare_history(SqliteConnection& db);
  Result<void> prepare_flow(SqliteConnection& db);

  const SqliteParts parts_;
};

Result<void> SqliteSchema::prepare() {
  const StoreSettings& settings = parts_.options.settings;
  TRY(check_identifier("store.table", settings.table));
  TRY(check_identifier("store.consumer", settings.consumer_column));
  TRY(check_identifier("store.amount", settings.amount_column));
  TRY_ASSIGN(const std::string incarnation, prepare_all());
  parts_.main.look_again();  // history may be kept from now on
  parts_.reading.look_again();
  return parts_.marker->fill(incarnation);  // nothing is counted before the witness stands
}

Result<std::string> SqliteSchema::prepare_all() {
  SqliteTransaction transaction(parts_.main);
  TRY(transaction.begin(SqliteTransaction::Kind::write_bare));
  SqliteConnection& db = transaction.db();
  TRY_ASSIGN(const int version, sqlite_schema_version(db));
  TRY(migrate_sqlite_tables(db, version));
  TRY(prepare_table(db));
  TRY(prepare_history(db));
  TRY(prepare_flow(db));
  TRY_ASSIGN(std::string incarnation, sqlite_incarnation(db));
  TRY(transaction.commit());
  return incarnation;
}

Result<void> SqliteSchema::prepare_table(SqliteConnection& db) {
  const SqliteStoreOptions& options = parts_.options;
  const std::string& name = options.settings.table;
  TRY_ASSIGN(const auto stored, stored_table(db, name));
  if (stored) {
    TRY(check_there(db, name));
    TRY(check_same(*stored, options));
    return check_sqlite_table(db, options);
  }
  TRY_ASSIGN(const bool exists, sqlite_table_exists(db, name));
  if (!exists) {
    TRY(db.execute(create_sqlite_table(layout_of(options))));
  }
  TRY(check_sqlite_table(db, options));
  return adopt_table(db);
}

Result<void> SqliteSchema::check_there(SqliteConnection& db, const std::string& table) {
  TRY_ASSIGN(const bool exists, sqlite_table_exists(db, table));
  if (!exists) {
    return Error{ErrorKind::corrupt, "the table " + quoted(table) + " is gone from " +
                                         escaped(parts_.options.path) +
                                         ", but the ledger counted into it: restore it from a "
                                         "backup"};
  }
  return {};
}

// What it holds already is the base of the books.
Result<void> SqliteSchema::adopt_table(SqliteConnection& db) {
  const SqliteStoreOptions& options = parts_.options;
  ControlSum base;
  TRY(scan_sqlite_table(db, layout_of(options), [&](const SumEntry& entry) -> Result<void> {
    base.add(entry);
    return {};
  }));
  TRY_ASSIGN(auto insert,
             db.prepare("INSERT INTO weir_table(name, consumer_column, amount_column, key, "
                        "base_amount, base_keyed, entered_at) VALUES(?, ?, ?, ?, ?, ?, ?)"));
  return insert.run({options.settings.table, options.settings.consumer_column,
                     options.settings.amount_column, key_name(options.key), to_text(base.amount),
                     to_hex(base.keyed), parts_.clock.wall()});
}

// Made when it is first asked for. It stays: what it holds is the only proof of what it tells.
Result<void> SqliteSchema::prepare_history(SqliteConnection& db) {
  const StoreSettings& settings = parts_.options.settings;
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
  TRY_ASSIGN(const bool exists, sqlite_table_exists(db, name));
  if (exists) {
    return Error{ErrorKind::invalid, "there is a table " + quoted(name) + " in " +
                                         escaped(parts_.options.path) +
                                         " that weir did not make: rename it, or count into "
                                         "another table (store.table)"};
  }
  TRY(create_history(db, name, parts_.options.key));
  TRY_ASSIGN(auto update, db.prepare("UPDATE weir_table SET history = ? WHERE name = ?"));
  return update.run({name, settings.table});
}

// A flow counts into one table for good: its ledger would be wrong for another.
Result<void> SqliteSchema::prepare_flow(SqliteConnection& db) {
  const std::string& flow = parts_.options.flow;
  const std::string& table = parts_.options.settings.table;
  TRY_ASSIGN(auto insert, db.prepare("INSERT INTO weir_flow VALUES(?, ?) ON CONFLICT DO NOTHING"));
  TRY(insert.run({flow, table}));
  TRY_ASSIGN(auto row, db.prepare("SELECT table_name, table_name = ?2 COLLATE NOCASE FROM "
                                  "weir_flow WHERE name = ?1"));
  TRY_ASSIGN(const bool found, row.find({flow, table}));
  if (found && row.integer(1) == 0) {
    return Error{ErrorKind::invalid, "the flow '" + escaped(flow) + "' counts into the table " +
                                         quoted(row.bytes(0)) + " in " +
                                         escaped(parts_.options.path) + ", not into " +
                                         quoted(table) + ": give the new flow another name"};
  }
  return {};
}

Result<int> SqliteSchema::version() {
  SqliteTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqliteTransaction::Kind::read_bare));
  TRY_ASSIGN(const int version, sqlite_schema_version(transaction.db()));
  TRY(transaction.commit());
  return version;
}

Result<std::string> SqliteSchema::incarnation() {
  SqliteTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqliteTransaction::Kind::read));
  TRY_ASSIGN(std::string incarnation, sqlite_incarnation(transaction.db()));
  TRY(transaction.commit());
  return incarnation;
}

Result<void> check_version(SqliteConnection& db, const std::string& path) {
  TRY_ASSIGN(const int version, sqlite_schema_version(db));
  if (version > store_schema_version) {
    return Error{ErrorKind::invalid, escaped(path) + " was made by a newer weir (schema " +
                                         std::to_string(version) + "; this one knows " +
                                         std::to_string(store_schema_version) +
                                         "): use that version"};
  }
  return {};
}

// Before anything is written: 32 KiB pages for a new file (measured best for large sorted commits),
// WAL, and every commit synced. Sorters and statement journals stay in memory: they are small here,
// and must not fail for want of a temporary folder.
Result<void> set_up_writer(SqliteConnection& db, const SqliteStoreOptions& options) {
  TRY(db.execute("PRAGMA page_size = 32768"));
  TRY_ASSIGN(const std::string mode, db.text_of("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return Error{ErrorKind::unavailable,
                 escaped(options.path) + " cannot be used in WAL mode, but in " + escaped(mode) +
                     " mode only: close the programs that "
                     "use it"};
  }
  TRY(db.execute("PRAGMA synchronous = FULL"));
  TRY(db.execute("PRAGMA secure_delete = OFF"));
  TRY(db.execute("PRAGMA cache_size = -8192"));
  TRY(db.execute("PRAGMA wal_autocheckpoint = " + std::to_string(options.checkpoint_pages)));
  return db.execute("PRAGMA journal_size_limit = 67108864");
}

}  // namespace

Result<int> sqlite_schema_version(SqliteConnection& db) {
  TRY_ASSIGN(const bool ours, has_our_tables(db));
  if (!ours) {
    return 0;
  }
  TRY_ASSIGN(const auto version,
             db.integer_of("SELECT value FROM weir_meta WHERE name = 'schema_version'"));
  if (version < 1) {
    return Error{ErrorKind::corrupt,
                 "sqlite: weir_meta has lost the version of the schema: restore the database from "
                 "a backup"};
  }
  return static_cast<int>(std::min<std::int64_t>(version, INT_MAX));
}

Result<std::string> sqlite_incarnation(SqliteConnection& db) {
  TRY_ASSIGN(const bool ours, has_our_tables(db));
  if (!ours) {
    return std::string();
  }
  return db.text_of("SELECT value FROM weir_meta WHERE name = 'incarnation'");
}

Result<std::unique_ptr<SqliteConnection>> connect_sqlite(const SqliteStoreOptions& options,
                                                         SqliteConnection::Mode mode,
                                                         const std::string& incarnation) {
  if (!is_there(options.path)) {
    TRY(check_incarnation(options.path, "", incarnation));
  }
  TRY_ASSIGN(auto db, SqliteConnection::open(
                          {.path = options.path, .mode = mode, .busy_wait = options.busy_wait}));
  TRY(db->execute("PRAGMA temp_store = MEMORY"));
  if (mode == SqliteConnection::Mode::write) {
    if (!db->writable()) {
      return Error{ErrorKind::unavailable,
                   escaped(options.path) +
                       " cannot be written to: make the file, its folder and "
                       "its file system writable"};
    }
    TRY(set_up_writer(*db, options));
  }
  TRY_ASSIGN(const std::string encoding, db->text_of("PRAGMA encoding"));
  if (encoding != "UTF-8") {
    return Error{ErrorKind::invalid, escaped(options.path) + " holds text as " + escaped(encoding) +
                                         "; weir needs UTF-8"};
  }
  TRY(check_version(*db, options.path));
  TRY_ASSIGN(const std::string found, sqlite_incarnation(*db));
  TRY(check_incarnation(options.path, found, incarnation));
  return db;
}

Result<SqliteLayout> sqlite_layout(SqliteConnection& db, const SqliteStoreOptions& options) {
  TRY_ASSIGN(const int version, sqlite_schema_version(db));
  if (version == 0) {
    return Error{ErrorKind::invalid, escaped(options.path) +
                                         " holds no totals yet: weir init or "
                                         "the first ingest makes its tables"};
  }
  if (version < store_schema_version) {
    return Error{ErrorKind::invalid,
                 escaped(options.path) + " was made by an older weir (schema " +
                     std::to_string(version) +
                     "): run: weir init --into sqlite:" + escaped(options.path)};
  }
  TRY_ASSIGN(const auto stored, stored_table(db, options.settings.table));
  if (!stored) {
    TRY_ASSIGN(const auto names, db.text_of("SELECT group_concat(name, ', ') FROM weir_table"));
    return Error{ErrorKind::invalid, "weir does not count into a table " +
                                         quoted(options.settings.table) + " in " +
                                         escaped(options.path) + ", but into " + escaped(names) +
                                         ": name it with store.table"};
  }
  if (options.access == StoreAccess::write) {
    TRY(check_same(*stored, options));
  }
  return SqliteLayout{.name = options.settings.table,
                      .table = quoted(options.settings.table),
                      .consumer = quoted(stored->consumer),
                      .amount = quoted(stored->amount),
                      .history = stored->history,
                      .key = stored->key == "text" ? KeyKind::text : KeyKind::integer};
}

std::unique_ptr<Schema> sqlite_schema(const SqliteParts& parts) {
  return std::make_unique<SqliteSchema>(parts);
}

}  // namespace weir
