// SPDX-License-Identifier: Apache-2.0
// The user's own tables on a real MariaDB: what is kept, what is refused, and that what is then
// told to type works.
#include "store/mariadb_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "store/mariadb.h"
#include "support/manual_clock.h"
#include "support/mariadb.h"
#include "support/store_cases.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;

class MariadbTable : public ::testing::Test {
 protected:
  void SetUp() override {
    if (mariadb_server_url().empty()) {
      GTEST_SKIP() << no_mariadb;
    }
    database_.emplace();
  }
  MariadbStoreOptions options(KeyKind key = KeyKind::integer) const {
    return {.url = database_->url(),
            .key = key,
            .durability = MariadbStoreOptions::Durability::relaxed};
  }
  Result<std::unique_ptr<Store>> prepared(const MariadbStoreOptions& options) {
    TRY_ASSIGN(auto store, open_mariadb_store(clock_, options));
    TRY(store->schema().prepare());
    return store;
  }
  void count_one_line(const MariadbStoreOptions& how, const std::string& consumer) {
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
  // Statements that end with "; ".
  std::string run(const std::string& statements) {
    std::string answer;
    std::size_t at = 0;
    while (at < statements.size() && !answer.starts_with("error")) {
      const std::size_t end = std::min(statements.find(';', at), statements.size());
      answer = database_->sql(statements.substr(at, end - at));
      at = statements.find_first_not_of("; ", end);
    }
    return answer;
  }
  // As a person types them: the client's own session quotes otherwise.
  std::string typed(const std::string& statements) {
    run("SET SESSION sql_mode = DEFAULT");
    const std::string answer = run(statements);
    run("SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES'");
    return answer;
  }
  void empty_database() {
    const std::string name = database_->name();
    ASSERT_EQ(run("DROP DATABASE " + name + "; CREATE DATABASE " + name + "; USE " + name), "");
  }

  std::optional<MariadbDatabaseOfTest> database_;
  ManualClock clock_;
};

std::string statements_in(const std::string& message) {
  const std::string before = "type: ";
  const auto at = message.find(before);
  return at == std::string::npos ? "" : message.substr(at + before.size());
}

TEST_F(MariadbTable, TablesThatCanHoldExactSumsAreAddedTo) {
  const std::vector<std::string> tables = {
      "(consumer BIGINT PRIMARY KEY, amount BIGINT NOT NULL)",
      "(amount DECIMAL(20) NOT NULL, consumer BIGINT PRIMARY KEY, note TEXT)",
      "(id INTEGER AUTO_INCREMENT PRIMARY KEY, consumer BIGINT NOT NULL UNIQUE, "
      "amount DECIMAL(38,0) NOT NULL, since VARCHAR(9) NOT NULL DEFAULT 'today')",
      "(consumer BIGINT NOT NULL, amount BIGINT NOT NULL, other INTEGER UNIQUE, "
      "twice BIGINT AS (amount * 2), UNIQUE (consumer), UNIQUE (consumer, amount))"};
  for (const std::string& table : tables) {
    ASSERT_NO_FATAL_FAILURE(empty_database());
    ASSERT_EQ(run("CREATE TABLE \"usage\"" + table + " ENGINE=InnoDB; " +
                  "INSERT INTO \"usage\"(consumer, amount) VALUES(7, 100)"),
              "");
    count_one_line(options(), "7");
    EXPECT_EQ(run("SELECT amount FROM \"usage\" WHERE consumer = 7"), "101") << table;
  }
}

struct Refused {
  std::string table;
  std::string why;
};

// faults 71, 72
TEST_F(MariadbTable, TablesThatCannotAreRefusedWithWhatToType) {
  const std::vector<Refused> tables = {
      {"(consumer BIGINT PRIMARY KEY, amount BIGINT NOT NULL) ENGINE=MyISAM", "engine is MyISAM"},
      {"(consumer BIGINT PRIMARY KEY, amount BIGINT NOT NULL) ENGINE=Aria", "engine is Aria"},
      {"(consumer INTEGER PRIMARY KEY, amount BIGINT NOT NULL)", "must be BIGINT"},
      {"(consumer BIGINT UNSIGNED PRIMARY KEY, amount BIGINT NOT NULL)", "must be BIGINT"},
      {"(consumer VARCHAR(20) PRIMARY KEY, amount BIGINT NOT NULL)", "must be BIGINT"},
      {"(consumer BIGINT PRIMARY KEY, amount DOUBLE NOT NULL)", "is double"},
      {"(consumer BIGINT PRIMARY KEY, amount INTEGER NOT NULL)", "is int"},
      {"(consumer BIGINT PRIMARY KEY, amount BIGINT UNSIGNED NOT NULL)", "is bigint"},
      {"(consumer BIGINT PRIMARY KEY, amount DECIMAL(10,2) NOT NULL)", "is decimal(10,2)"},
      {"(consumer BIGINT PRIMARY KEY, amount DECIMAL(39,0) NOT NULL)", "is decimal(39,0)"},
      {"(consumer BIGINT PRIMARY KEY, amount BIGINT)", "\"amount\" may be NULL"},
      {"(consumer BIGINT UNIQUE, amount BIGINT NOT NULL)", "\"consumer\" may be NULL"},
      {"(consumer BIGINT NOT NULL, amount BIGINT NOT NULL, KEY (consumer))", "unique"},
      {"(consumer BIGINT NOT NULL, d INTEGER NOT NULL DEFAULT 0, amount BIGINT NOT NULL, "
       "PRIMARY KEY (consumer, d))",
       "unique"},
      {"(consumer BIGINT PRIMARY KEY, amount BIGINT NOT NULL, d INTEGER NOT NULL)",
       "\"d\" needs a value"},
      {"(consumer BIGINT PRIMARY KEY, amount BIGINT NOT NULL, d INTEGER NOT NULL DEFAULT 5 UNIQUE)",
       "could join rows"},
      {"(consumer BIGINT PRIMARY KEY, a BIGINT NOT NULL DEFAULT 0, "
       "amount BIGINT AS (a) STORED NOT NULL)",
       ""}};
  for (const Refused& refused : tables) {
    ASSERT_NO_FATAL_FAILURE(empty_database());
    run("CREATE TABLE \"usage\"" + refused.table);
    if (run("SHOW TABLES").empty()) {
      continue;  // the server itself refuses it
    }
    run("INSERT INTO \"usage\"(consumer, amount) VALUES(7, 100)");
    const auto store = prepared(options());
    ASSERT_FALSE(store) << refused.table;
    EXPECT_EQ(store.error().kind, ErrorKind::invalid);
    EXPECT_THAT(store.error().message, HasSubstr(refused.why));
    ASSERT_EQ(typed(statements_in(store.error().message)), "") << store.error().message;
    EXPECT_EQ(run("SELECT SUM(amount) FROM \"usage\""),
              run("SELECT CAST(SUM(amount) AS DECIMAL(38,0)) FROM usage_before"));
    const auto mended = prepared(options());
    EXPECT_TRUE(mended) << mended.error().message;
  }
}

// fault 72
TEST_F(MariadbTable, TextKeysThatAreNotComparedByteByByteAreRefused) {
  const MariadbStoreOptions how = options(KeyKind::text);
  for (const Refused& refused : std::vector<Refused>{
           {"(consumer VARCHAR(100) PRIMARY KEY, amount BIGINT NOT NULL) CHARSET=utf8mb4",
            "different consumers are the same"},
           {"(consumer VARCHAR(100) PRIMARY KEY, amount BIGINT NOT NULL) COLLATE=utf8mb4_bin",
            "utf8mb4_bin"},
           {"(consumer VARCHAR(100) PRIMARY KEY, amount BIGINT NOT NULL) "
            "COLLATE=latin1_nopad_bin",
            "latin1_nopad_bin"},
           {"(consumer CHAR(20) COLLATE utf8mb4_nopad_bin PRIMARY KEY, amount BIGINT NOT NULL)",
            "must be VARBINARY"},
           {"(consumer BINARY(20) PRIMARY KEY, amount BIGINT NOT NULL)", "must be VARBINARY"},
           {"(consumer VARCHAR(100) COLLATE utf8mb4_nopad_bin NOT NULL, amount BIGINT NOT NULL, "
            "UNIQUE (consumer(10)))",
            "first bytes"}}) {
    ASSERT_NO_FATAL_FAILURE(empty_database());
    ASSERT_EQ(run("CREATE TABLE \"usage\"" + refused.table), "");
    ASSERT_EQ(run("INSERT INTO \"usage\" VALUES('A', 100)"), "");
    const auto store = prepared(how);
    ASSERT_FALSE(store) << refused.table;
    EXPECT_THAT(store.error().message, HasSubstr(refused.why));
    ASSERT_EQ(typed(statements_in(store.error().message)), "") << store.error().message;
    EXPECT_TRUE(prepared(how));
  }
  ASSERT_NO_FATAL_FAILURE(empty_database());
  ASSERT_EQ(run("CREATE TABLE \"usage\"(consumer VARCHAR(700) COLLATE utf8mb4_nopad_bin PRIMARY "
                "KEY, amount BIGINT NOT NULL); INSERT INTO \"usage\" VALUES('A', 100)"),
            "");
  count_one_line(how, "a");
  EXPECT_EQ(run("SELECT GROUP_CONCAT(consumer, amount ORDER BY consumer) FROM \"usage\""),
            "A100,a1");
}

TEST_F(MariadbTable, AKeyThatIsTooLongForItsColumnIsRefused) {
  const MariadbStoreOptions how = options(KeyKind::text);
  ASSERT_EQ(
      run("CREATE TABLE \"usage\"(consumer VARBINARY(3) PRIMARY KEY, amount BIGINT NOT NULL)"), "");
  const auto store = prepared(how);
  ASSERT_TRUE(store);
  const FileEntry entry = entry_of("a", 1);
  const FileSequence file = (*store)->ledger().enter({&entry, 1})->front().sequence;
  const auto receipt = OwnedBatch(KeyKind::text)
                           .add({.file = file}, sums_of(TextAmounts{{"long", 1}}))
                           .commit_to(**store);
  ASSERT_FALSE(receipt);
  EXPECT_EQ(receipt.error().kind, ErrorKind::invalid);
  EXPECT_THAT(receipt.error().message, HasSubstr("make the column wider"));
  EXPECT_EQ(run("SELECT count(*) FROM \"usage\""), "0");
}

TEST_F(MariadbTable, WhatIsNoTableOrHasOtherColumnsIsRefused) {
  run("CREATE VIEW \"usage\" AS SELECT 1 AS consumer, 2 AS amount");
  EXPECT_THAT(prepared(options()).error().message, HasSubstr("is no table"));
  run("DROP VIEW \"usage\"; CREATE TABLE \"usage\"(who BIGINT PRIMARY KEY, total BIGINT NOT NULL)");
  const auto store = prepared(options());
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().message, HasSubstr("\"who\", \"total\""));
  MariadbStoreOptions named = options();
  named.settings.consumer_column = "who";
  named.settings.amount_column = "total";
  count_one_line(named, "5");
  EXPECT_EQ(run("SELECT total FROM \"usage\" WHERE who = 5"), "1");
}

// fault 137
TEST_F(MariadbTable, NamesAreCheckedAndQuoted) {
  MariadbStoreOptions how = options();
  how.settings = {.table = "order by",
                  .consumer_column = "select",
                  .amount_column = "from where",
                  .keep = StoreSettings::Keep::history};
  count_one_line(how, "5");
  EXPECT_EQ(run("SELECT \"from where\" FROM \"order by\" WHERE \"select\" = 5"), "1");
  for (const std::string hostile : {"a\"b", "a`b", "a; DROP TABLE weir_file", "weir_file", ""}) {
    MariadbStoreOptions bad = options();
    bad.settings.table = hostile;
    EXPECT_EQ(prepared(bad).error().kind, ErrorKind::invalid) << hostile;
    bad.settings = {.consumer_column = hostile};
    EXPECT_EQ(prepared(bad).error().kind, ErrorKind::invalid) << hostile;
  }
}

TEST_F(MariadbTable, TablesOfOneDatabaseHaveTheirOwnBooks) {
  run("CREATE TABLE other(consumer VARBINARY(20) PRIMARY KEY, amount BIGINT NOT NULL); "
      "INSERT INTO other VALUES('x', 40)");
  MariadbStoreOptions other = options(KeyKind::text);
  other.flow = "other";
  other.settings.table = "other";
  count_one_line(options(), "7");
  count_one_line(other, "x");
  MariadbStoreOptions third = options();
  third.flow = "a second flow into the first table";
  count_one_line(third, "7");
  EXPECT_EQ(run("SELECT amount FROM \"usage\""), "2");
  EXPECT_EQ(run("SELECT amount FROM other"), "41");
}

}  // namespace
}  // namespace weir::testing
