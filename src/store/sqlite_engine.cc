// SPDX-License-Identifier: Apache-2.0
// SQLite as an engine, and its connection as one of SQL.
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/identifier.h"
#include "store/sqlite_migrate.h"
#include "store/sqlite_parts.h"
#include "store/sqlite_place.h"
#include "store/sqlite_upsert.h"

namespace weir {
namespace {

class SqliteDatabase final : public SqlConnection {
 public:
  explicit SqliteDatabase(std::unique_ptr<SqliteConnection> sqlite) : sqlite_(std::move(sqlite)) {}

  SqliteConnection& sqlite() { return *sqlite_; }
  const SqlEngine& engine() const override { return sqlite_engine(); }

  Result<void> begin(Kind kind) override;
  Result<void> commit() override;
  void roll_back() override;
  bool usable() const override { return !sqlite_->failed() && !sqlite_->overtaken(); }

  Result<SqlStatement> prepare(std::string_view sql, SqlRows /*rows*/) override {
    TRY_ASSIGN(auto statement, sqlite_->prepare(sql));
    return SqlStatement(std::make_unique<SqliteStatement>(std::move(statement)));
  }
  Result<void> execute(std::string_view sql) override { return sqlite_->execute(sql); }
  std::int64_t rows_changed() const override { return sqlite_->rows_changed(); }
  Result<std::optional<std::int64_t>> insert(std::string_view sql, std::string_view number_column,
                                             SqlValues values) override;

 private:
  const std::unique_ptr<SqliteConnection> sqlite_;
};

SqliteConnection& sqlite_of(SqlConnection& db) {
  return static_cast<SqliteDatabase&>(db).sqlite();
}

Result<void> SqliteDatabase::begin(Kind kind) {
  if (kind == Kind::read) {
    return sqlite_->execute("BEGIN");
  }
  if (!sqlite_->writable()) {
    return Error{ErrorKind::invalid, escaped(sqlite_->path()) + " is opened for reading only"};
  }
  if (sqlite_->moved()) {
    sqlite_->fail();
    return Error{ErrorKind::corrupt, escaped(sqlite_->path()) +
                                         " was removed or replaced while weir wrote to it: put it "
                                         "back before you go on"};
  }
  return sqlite_->execute("BEGIN IMMEDIATE");
}

Result<void> SqliteDatabase::commit() {
  TRY(sqlite_->execute("COMMIT"));
  if (sqlite_->overtaken()) {
    return Error{ErrorKind::unavailable,
                 escaped(sqlite_->path()) + ": a writer came while it was read; read it again"};
  }
  return {};
}

// After SQLITE_FULL and I/O errors the library may have rolled back already: it is asked.
void SqliteDatabase::roll_back() {
  if (sqlite_->in_transaction() && !sqlite_->execute("ROLLBACK")) {
    sqlite_->fail();
  }
}

Result<std::optional<std::int64_t>> SqliteDatabase::insert(std::string_view sql,
                                                           std::string_view /*number_column*/,
                                                           SqlValues values) {
  TRY_ASSIGN(auto statement, sqlite_->prepare(sql));
  TRY(statement.run(values));
  return sqlite_->rows_changed() == 0 ? std::optional<std::int64_t>()
                                      : std::optional(sqlite_->last_row_id());
}

class SqliteEngine final : public SqlEngine {
 public:
  const SqlWords& words() const override {
    static constexpr SqlWords all = {.name = "sqlite",
                                     .locked = "",
                                     .flow = "+flow",
                                     .join = "CROSS JOIN",
                                     .by_release = " INDEXED BY weir_file_release",
                                     .identity_key = "identity",
                                     .key_of = "?",
                                     .if_new = "ON CONFLICT(flow, identity) DO NOTHING",
                                     .byte_order = "",
                                     .own_number = "",
                                     .wide_history = false,
                                     .folds_case = true};
    return all;
  }

  Result<void> migrate(SqlConnection& db, int from) const override {
    return migrate_sqlite_tables(sqlite_of(db), from);
  }
  Result<bool> table_exists(SqlConnection& db, const std::string& table) const override {
    return sqlite_table_exists(sqlite_of(db), table);
  }
  Result<void> make_table(SqlConnection& db, const SqlLayout& layout) const override {
    return db.execute(create_sqlite_table(layout));
  }
  Result<void> check_table(SqlConnection& db, const SqlTarget& target) const override {
    return check_sqlite_table(sqlite_of(db), target);
  }
  Result<void> make_history(SqlConnection& db, const std::string& name, KeyKind key) const override;
  std::string history_by_time(const SqlLayout& layout) const override;
  Result<std::int64_t> last_number(SqlConnection& db, const std::string& table,
                                   const std::string& column) const override;
  Result<void> skip_numbers(SqlConnection& db, const std::string& table, const std::string& column,
                            std::int64_t number) const override;
  Result<std::vector<std::string>> damage(SqlConnection& db) const override;
  Result<SqlAdded> add(SqlConnection& db, const SqlLayout& layout,
                       SumCursor& partial) const override {
    return add_to_table(sqlite_of(db), layout, partial);
  }
  Result<SqlAdded> add_history(SqlConnection& db, const SqlLayout& layout,
                               const SqlHistoryPlace& place, SumCursor& partial) const override {
    return add_to_history(sqlite_of(db), layout, place, partial);
  }
};

std::string index_name(const std::string& history) {
  return quoted(history + "_at");
}

// Also its index of time and file: by it a file's rows are found, and those that are to be rolled
// up. Inserts there are appends, since files come in the order of time. The columns of the key come
// first, as the key has them: where they do not, SQLite 3.40 takes the others for NULL when it
// checks the integrity of the table.
Result<void> SqliteEngine::make_history(SqlConnection& db, const std::string& name,
                                        KeyKind key) const {
  TRY(db.execute("CREATE TABLE " + quoted(name) + "(consumer " +
                 (key == KeyKind::text ? "TEXT" : "INTEGER") +
                 " NOT NULL, at INTEGER NOT NULL, file INTEGER NOT NULL, period TEXT NOT NULL, "
                 "amount INTEGER NOT NULL, PRIMARY KEY (consumer, at, file, period)) STRICT, "
                 "WITHOUT ROWID"));
  return db.execute("CREATE INDEX " + index_name(name) + " ON " + quoted(name) + "(at, file)");
}

// The index holds time, file, consumer and period, in this order.
std::string SqliteEngine::history_by_time(const SqlLayout& layout) const {
  return quoted(layout.history) + " INDEXED BY " + index_name(layout.history);
}

// AUTOINCREMENT keeps its last number in a table that takes ordinary statements.
Result<std::int64_t> SqliteEngine::last_number(SqlConnection& db, const std::string& table,
                                               const std::string& /*column*/) const {
  TRY_ASSIGN(auto row, db.prepare("SELECT max(seq) FROM sqlite_sequence WHERE name = ?"));
  TRY_ASSIGN(const bool found, row.find({table}));
  return found ? row.integer(0) : 0;
}

Result<void> SqliteEngine::skip_numbers(SqlConnection& db, const std::string& table,
                                        const std::string& /*column*/, std::int64_t number) const {
  TRY_ASSIGN(auto raise,
             db.prepare("UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1"));
  TRY(raise.run({table, number}));
  if (db.rows_changed() > 0) {
    return {};
  }
  TRY_ASSIGN(auto enter, db.prepare("INSERT INTO sqlite_sequence(name, seq) VALUES(?, ?)"));
  return enter.run({table, number});
}

Result<std::vector<std::string>> SqliteEngine::damage(SqlConnection& db) const {
  TRY_ASSIGN(auto rows, db.prepare("PRAGMA integrity_check(20)"));
  std::vector<std::string> sentences;
  TRY_ASSIGN(bool more, rows.find({}));
  while (more) {
    if (rows.bytes(0) != "ok") {
      sentences.push_back("sqlite finds the file damaged: " + escaped(rows.bytes(0), 200));
    }
    TRY_ASSIGN(more, rows.next());
  }
  return sentences;
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

const SqlEngine& sqlite_engine() {
  static const SqliteEngine engine;
  return engine;
}

Result<std::unique_ptr<SqlConnection>> connect_sqlite(const SqliteStoreOptions& options,
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
  auto database = std::make_unique<SqliteDatabase>(std::move(db));
  TRY(check_schema_version(*database, escaped(options.path)));
  TRY_ASSIGN(const std::string found, incarnation_of(*database));
  TRY(check_incarnation(options.path, found, incarnation));
  return std::unique_ptr<SqlConnection>(std::move(database));
}

}  // namespace weir
