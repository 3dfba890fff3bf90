// SPDX-License-Identifier: Apache-2.0
// The user's own tables: what is kept, what is refused, and that what is then told to type works.
#include <gtest/gtest.h>

#include <filesystem>

#include "store/sqlite.h"
#include "support/manual_clock.h"
#include "support/sql.h"
#include "support/store_cases.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

class SqliteTable : public ::testing::Test {
 protected:
  SqliteStoreOptions options() const { return {.path = path_}; }

  // Opened and prepared, or why not.
  Result<std::unique_ptr<Store>> prepared(const SqliteStoreOptions& options) {
    TRY_ASSIGN(auto store, open_sqlite_store(clock_, options));
    TRY(store->schema().prepare());
    return store;
  }
  void count_one_line(const SqliteStoreOptions& how, const std::string& consumer) {
    const auto store = prepared(how);
    ASSERT_TRUE(store) << store.error().message;
    const FileEntry entry = entry_of("of " + how.flow, 1);
    const FileSequence file = (*store)->ledger().enter({&entry, 1})->front().sequence;
    const Sums sums = how.key == KeyKind::text ? sums_of(TextAmounts{{consumer, 1}})
                                               : sums_of(Amounts{{std::stoull(consumer), 1}});
    const auto receipt = OwnedBatch(how.key).add({.file = file}, sums).commit_to(**store);
    ASSERT_TRUE(receipt) << receipt.error().message;
    EXPECT_EQ(imbalance(**store), "");
  }
  std::string run(const std::string& statements) { return sql(path_, statements); }

  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "mine.db";
  ManualClock clock_;
};

TEST_F(SqliteTable, TablesThatCanHoldExactSumsAreAddedTo) {
  const std::vector<std::string> tables = {
      "CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT",
      "CREATE TABLE usage(amount INT NOT NULL, consumer INT PRIMARY KEY, note TEXT) STRICT",
      "CREATE TABLE usage(consumer INT NOT NULL UNIQUE, amount INT NOT NULL) STRICT",
      "CREATE TABLE usage(id INTEGER PRIMARY KEY, consumer INT NOT NULL, amount INT NOT NULL, "
      "since TEXT NOT NULL DEFAULT 'today') STRICT; CREATE UNIQUE INDEX i ON usage(consumer)",
      "CREATE TABLE Usage(Consumer INTEGER PRIMARY KEY, Amount INT NOT NULL, "
      "double INT GENERATED ALWAYS AS (amount * 2)) STRICT, WITHOUT ROWID"};
  for (const std::string& table : tables) {
    ASSERT_EQ(run("DROP TABLE IF EXISTS usage; DROP TABLE IF EXISTS weir_meta; "
                  "SELECT group_concat(name) FROM sqlite_schema WHERE name LIKE 'weir_%'"),
              "NULL");
    ASSERT_EQ(run(table + "; INSERT INTO usage(consumer, amount) VALUES(7, 100)"), "");
    count_one_line(options(), "7");
    EXPECT_EQ(run("SELECT amount FROM usage WHERE consumer = 7"), "101") << table;
    std::filesystem::remove(path_);
    std::filesystem::remove(path_ + ".weir");
  }
}

struct Refused {
  std::string table;
  std::string why;
};

// What the message tells to type.
std::string statements_in(const std::string& message) {
  const std::string before = "type in sqlite3: ";
  const auto at = message.find(before);
  return at == std::string::npos ? "" : message.substr(at + before.size());
}

TEST_F(SqliteTable, TablesThatCannotAreRefusedWithWhatToType) {
  const std::vector<Refused> tables = {
      {"CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount INTEGER NOT NULL)", "STRICT"},
      {"CREATE TABLE usage(consumer, amount)", "STRICT"},
      {"CREATE TABLE usage(consumer TEXT PRIMARY KEY, amount INT NOT NULL) STRICT", "type"},
      {"CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount REAL NOT NULL) STRICT", "type"},
      {"CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount ANY NOT NULL) STRICT", "type"},
      {"CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount INT) STRICT", "NULL"},
      {"CREATE TABLE usage(consumer INT UNIQUE, amount INT NOT NULL) STRICT", "NULL"},
      {"CREATE TABLE usage(consumer INT NOT NULL, amount INT NOT NULL) STRICT", "unique"},
      {"CREATE TABLE usage(consumer INT NOT NULL, day INT NOT NULL, amount INT NOT NULL, "
       "PRIMARY KEY (consumer, day)) STRICT",
       "unique"},
      {"CREATE TABLE usage(consumer INT NOT NULL, amount INT NOT NULL) STRICT; "
       "CREATE UNIQUE INDEX i ON usage(consumer) WHERE consumer > 10",
       "unique"},
      {"CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount INT NOT NULL, day INT NOT NULL) "
       "STRICT",
       "\"day\" needs a value"},
      {"CREATE TABLE usage(consumer INTEGER PRIMARY KEY, a INT NOT NULL DEFAULT 0, "
       "amount INT NOT NULL GENERATED ALWAYS AS (a)) STRICT",
       "generated"}};
  for (const Refused& refused : tables) {
    ASSERT_EQ(
        run("DROP TABLE IF EXISTS usage; DROP TABLE IF EXISTS usage_before; " + refused.table), "");
    run("INSERT INTO usage(consumer, amount) VALUES(7, 100)");
    const auto store = prepared(options());
    ASSERT_FALSE(store) << refused.table;
    EXPECT_EQ(store.error().kind, ErrorKind::invalid);
    EXPECT_NE(store.error().message.find(refused.why), std::string::npos) << store.error().message;
    EXPECT_EQ(run("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'weir_%'"), "0");

    ASSERT_EQ(run(statements_in(store.error().message)), "") << store.error().message;
    EXPECT_EQ(run("SELECT sum(amount) FROM usage"),
              run("SELECT CAST(sum(amount) AS INT) FROM usage_before"));
    const auto mended = prepared(options());
    EXPECT_TRUE(mended) << mended.error().message;
    for (const char* const table :
         {"meta", "table", "flow", "file", "unit", "batch", "reject", "rolling", "correction"}) {
      ASSERT_EQ(run(std::string("DROP TABLE weir_") + table), "");
    }
    std::filesystem::remove(path_ + ".weir");
  }
}

TEST_F(SqliteTable, TextKeysThatAreNotComparedByteByByteAreRefused) {
  SqliteStoreOptions how = options();
  how.key = KeyKind::text;
  for (const std::string table :
       {"CREATE TABLE usage(consumer TEXT PRIMARY KEY COLLATE NOCASE, amount INT NOT NULL) STRICT",
        "CREATE TABLE usage(consumer TEXT NOT NULL COLLATE RTRIM, amount INT NOT NULL) STRICT; "
        "CREATE UNIQUE INDEX i ON usage(consumer COLLATE BINARY)",
        "CREATE TABLE usage(consumer TEXT NOT NULL, amount INT NOT NULL) STRICT; "
        "CREATE UNIQUE INDEX i ON usage(consumer COLLATE NOCASE)"}) {
    ASSERT_EQ(run("DROP TABLE IF EXISTS usage; DROP TABLE IF EXISTS usage_before; " + table), "");
    run("INSERT INTO usage VALUES('A', 100)");
    const auto store = prepared(how);
    ASSERT_FALSE(store) << table;
    EXPECT_NE(store.error().message.find("byte by byte"), std::string::npos);
    ASSERT_EQ(run(statements_in(store.error().message)), "") << store.error().message;
  }
  count_one_line(how, "a");
  EXPECT_EQ(run("SELECT group_concat(consumer || amount) FROM usage ORDER BY 1"), "A100,a1");
}

TEST_F(SqliteTable, WhatIsNoTableOrHasOtherColumnsIsRefused) {
  run("CREATE VIEW usage AS SELECT 1 AS consumer, 2 AS amount");
  EXPECT_NE(prepared(options()).error().message.find("is no table"), std::string::npos);
  run("DROP VIEW usage; CREATE TABLE usage(who INTEGER PRIMARY KEY, total INT NOT NULL) STRICT");
  const auto store = prepared(options());
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("\"who\", \"total\""), std::string::npos);
  SqliteStoreOptions named = options();
  named.settings.consumer_column = "who";
  named.settings.amount_column = "total";
  count_one_line(named, "5");
  EXPECT_EQ(run("SELECT total FROM usage WHERE who = 5"), "1");
}

// fault 137
TEST_F(SqliteTable, NamesAreCheckedAndQuoted) {
  SqliteStoreOptions how = options();
  how.settings = {.table = "order by", .consumer_column = "select", .amount_column = "from where"};
  count_one_line(how, "5");
  EXPECT_EQ(run("SELECT \"from where\" FROM \"order by\" WHERE \"select\" = 5"), "1");
  for (const std::string hostile : {"a\"b", "a; DROP TABLE weir_file", "weir_file", ""}) {
    SqliteStoreOptions bad = options();
    bad.settings.table = hostile;
    EXPECT_EQ(prepared(bad).error().kind, ErrorKind::invalid) << hostile;
    bad.settings = {.consumer_column = hostile};
    EXPECT_EQ(prepared(bad).error().kind, ErrorKind::invalid) << hostile;
  }
}

TEST_F(SqliteTable, TablesOfOneDatabaseHaveTheirOwnBooks) {
  run("CREATE TABLE other(consumer TEXT PRIMARY KEY, amount INT NOT NULL) STRICT; "
      "INSERT INTO other VALUES('x', 40)");
  SqliteStoreOptions other = options();
  other.flow = "other";
  other.key = KeyKind::text;
  other.settings.table = "other";
  count_one_line(options(), "7");
  count_one_line(other, "x");
  SqliteStoreOptions third = options();
  third.flow = "a second flow into the first table";
  count_one_line(third, "7");
  EXPECT_EQ(run("SELECT amount FROM usage"), "2");
  EXPECT_EQ(run("SELECT amount FROM other"), "41");
}

TEST_F(SqliteTable, AFlowCountsIntoOneTableForGood) {
  count_one_line(options(), "7");
  SqliteStoreOptions other = options();
  other.settings.table = "other";
  const auto store = prepared(other);
  EXPECT_EQ(store.error().kind, ErrorKind::invalid);
  EXPECT_NE(store.error().message.find("'usage' counts into the table \"usage\""),
            std::string::npos);
  EXPECT_EQ(run("SELECT count(*) FROM sqlite_schema WHERE name = 'other'"), "0");
  other.settings = {.table = "USAGE"};  // the same one, as SQLite sees it
  EXPECT_TRUE(prepared(other));
}

TEST_F(SqliteTable, WhatATableIsCountedByStays) {
  count_one_line(options(), "7");
  SqliteStoreOptions other = options();
  other.key = KeyKind::text;
  const auto by_text = prepared(other);
  EXPECT_EQ(by_text.error().kind, ErrorKind::invalid);
  EXPECT_NE(by_text.error().message.find("format.key = \"integer\""), std::string::npos);
  run("ALTER TABLE usage ADD COLUMN more INT NOT NULL DEFAULT 0");
  other = options();
  other.settings.amount_column = "more";
  EXPECT_NE(prepared(other).error().message.find("\"amount\""), std::string::npos);
}

TEST_F(SqliteTable, AReaderTakesTheTableAsItIsCounted) {
  SqliteStoreOptions how = options();
  how.key = KeyKind::text;
  how.settings.amount_column = "total";
  count_one_line(how, "x");
  const auto reader = open_sqlite_store(clock_, {.path = path_, .access = StoreAccess::read});
  EXPECT_EQ((*reader)->totals().top(1)->front().consumer, "x");
  SqliteStoreOptions wrong = {.path = path_, .access = StoreAccess::read};
  wrong.settings.table = "usagee";
  const auto misspelt = open_sqlite_store(clock_, wrong);
  const auto top = (*misspelt)->totals().top(1);
  EXPECT_EQ(top.error().kind, ErrorKind::invalid);
  EXPECT_NE(top.error().message.find("but into usage"), std::string::npos);
}

// fault 48
TEST_F(SqliteTable, ATableThatVanishedIsNeverStartedAfresh) {
  count_one_line(options(), "7");
  run("DROP TABLE usage");
  const auto store = prepared(options());
  EXPECT_EQ(store.error().kind, ErrorKind::corrupt);
  EXPECT_NE(store.error().message.find("is gone"), std::string::npos);
  EXPECT_EQ(run("SELECT count(*) FROM sqlite_schema WHERE name = 'usage'"), "0");
}

TEST_F(SqliteTable, ATableThatGoesWhileItIsCountedIntoStopsTheCommit) {
  const auto store = prepared(options());
  const FileEntry entry = entry_of("a", 1);
  const FileSequence file = (*store)->ledger().enter({&entry, 1})->front().sequence;
  run("DROP TABLE usage");
  const auto receipt = OwnedBatch().add({.file = file}, Amounts{{1, 1}}).commit_to(**store);
  EXPECT_EQ(receipt.error().kind, ErrorKind::corrupt);
  EXPECT_EQ((*store)->ledger().units(file)->front().state, UnitState::pending);
}

TEST_F(SqliteTable, AConstraintOfTheUsersIsKept) {
  run("CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount INT NOT NULL CHECK (amount < 100))"
      " STRICT");
  const auto store = prepared(options());
  const FileEntry entry = entry_of("a", 1);
  const FileSequence file = (*store)->ledger().enter({&entry, 1})->front().sequence;
  const auto receipt = OwnedBatch().add({.file = file}, Amounts{{1, 100}}).commit_to(**store);
  EXPECT_EQ(receipt.error().kind, ErrorKind::invalid);
  EXPECT_NE(receipt.error().message.find("CHECK"), std::string::npos);
  EXPECT_TRUE(totals_of(**store)->empty());
}

TEST_F(SqliteTable, ADatabaseOfWideCharactersIsRefused) {
  run("PRAGMA encoding = 'UTF-16le'; CREATE TABLE mine(a)");
  const auto store = prepared(options());
  EXPECT_EQ(store.error().kind, ErrorKind::invalid);
  EXPECT_NE(store.error().message.find("UTF-16le"), std::string::npos);
}

}  // namespace
}  // namespace weir::testing
