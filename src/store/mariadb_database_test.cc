// SPDX-License-Identifier: Apache-2.0
// Connections, statements and transactions on a real MariaDB; and the ways to add.
#include "store/mariadb_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "store/mariadb_upsert.h"
#include "support/mariadb.h"
#include "support/sums.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;
using Kind = SqlConnection::Kind;

class MariadbConnections : public ::testing::Test {
 protected:
  void SetUp() override {
    if (mariadb_server_url().empty()) {
      GTEST_SKIP() << no_mariadb;
    }
    database_.emplace();
    ASSERT_EQ(run("CREATE TABLE weir_meta(name VARCHAR(64) PRIMARY KEY, value TEXT) "
                  "ENGINE=InnoDB"),
              "");
    ASSERT_EQ(run("INSERT INTO weir_meta VALUES('lock', '')"), "");
    ASSERT_EQ(run("CREATE TABLE t(consumer BIGINT PRIMARY KEY, amount DECIMAL(38,0) NOT NULL) "
                  "ENGINE=InnoDB"),
              "");
    db_ = connect();
  }
  std::unique_ptr<MariadbDatabase> connect() {
    constexpr Nanoseconds wait = 10'000'000'000;
    auto opened = MariadbDatabase::open(
        {.place = *mariadb_place(database_->url()),
         .demand = {.durability = MariadbStoreOptions::Durability::relaxed},
         .waits = {.connect = wait, .reply = wait, .lock = wait, .idle = wait}});
    CHECK(opened);
    return *std::move(opened);
  }
  std::string run(const std::string& statement) { return database_->sql(statement); }

  static SqlLayout layout(KeyKind key = KeyKind::integer) {
    return {.name = "t",
            .table = "\"t\"",
            .consumer = "\"consumer\"",
            .amount = "\"amount\"",
            .key = key};
  }
  Result<SqlAdded> add(const Sums& sums, MariadbRows how, KeyKind key = KeyKind::integer) {
    SumsCursor cursor(key, sums, 1000);
    TRY(db_->begin(Kind::write));
    auto added = add_to_mariadb_table(*db_, layout(key), cursor, how);
    if (added) {
      TRY(db_->commit());
    }
    db_->roll_back();
    return added;
  }

  std::optional<MariadbDatabaseOfTest> database_;
  std::unique_ptr<MariadbDatabase> db_;
};

// ---- transactions

// faults 69, 70
TEST_F(MariadbConnections, NothingFollowsAnErrorInATransaction) {
  ASSERT_TRUE(db_->begin(Kind::write));
  ASSERT_TRUE(db_->execute("INSERT INTO t VALUES(1, 1)"));
  EXPECT_EQ(db_->execute("INSERT INTO t VALUES(1, 1)").error().kind, ErrorKind::unavailable);
  EXPECT_THAT(db_->execute("INSERT INTO t VALUES(2, 2)").error().message,
              HasSubstr("ended with an error"));
  EXPECT_FALSE(db_->commit());
  db_->roll_back();
  EXPECT_EQ(run("SELECT count(*) FROM t"), "0");
  EXPECT_TRUE(db_->usable());
  ASSERT_TRUE(db_->begin(Kind::write));
  EXPECT_TRUE(db_->commit());
}

// A value that does not fit is looked for within the transaction, and still never committed.
TEST_F(MariadbConnections, WhatDidNotFitMayBeReadAndNotCommitted) {
  ASSERT_TRUE(db_->begin(Kind::write));
  ASSERT_TRUE(db_->execute("INSERT INTO t VALUES(1, 1)"));
  EXPECT_EQ(db_->execute("UPDATE t SET amount = amount * 1e38 WHERE consumer = 1").error().kind,
            ErrorKind::invalid);
  EXPECT_EQ(*db_->integer_of("SELECT amount FROM t"), 1);
  EXPECT_FALSE(db_->commit());
  db_->roll_back();
  EXPECT_EQ(run("SELECT count(*) FROM t"), "0");
}

TEST_F(MariadbConnections, ATransactionThatTheServerDroppedIsNoticed) {
  ASSERT_TRUE(db_->begin(Kind::write));
  ASSERT_TRUE(db_->connection().end("ROLLBACK"));  // as a deadlock does
  EXPECT_THAT(db_->execute("INSERT INTO t VALUES(1, 1)").error().message,
              HasSubstr("dropped the transaction"));
  EXPECT_FALSE(db_->usable());
  EXPECT_EQ(run("SELECT count(*) FROM t"), "0");
}

TEST_F(MariadbConnections, AReaderSeesOneMoment) {
  ASSERT_TRUE(db_->begin(Kind::read));
  ASSERT_EQ(run("INSERT INTO t VALUES(1, 1)"), "");
  EXPECT_EQ(*db_->integer_of("SELECT count(*) FROM t"), 0);
  EXPECT_EQ(db_->execute("INSERT INTO t VALUES(2, 2)").error().kind, ErrorKind::unavailable);
  db_->roll_back();
  const auto other = connect();
  ASSERT_TRUE(other->begin(Kind::write));
  ASSERT_EQ(run("INSERT INTO t VALUES(3, 3)"), "");
  EXPECT_EQ(*other->integer_of("SELECT count(*) FROM t"), 2);
}

TEST_F(MariadbConnections, ABarrierIsAWriteOfItsOwn) {
  const std::string written = "SELECT value FROM weir_meta WHERE name = 'barrier'";
  ASSERT_TRUE(db_->barrier());
  const std::string first = run(written);
  ASSERT_TRUE(db_->barrier());
  EXPECT_NE(first, "");
  EXPECT_NE(run(written), first);
}

TEST_F(MariadbConnections, ALostRowOfLocksIsTold) {
  ASSERT_EQ(run("DELETE FROM weir_meta"), "");
  EXPECT_EQ(db_->begin(Kind::write).error().kind, ErrorKind::corrupt);
}

TEST_F(MariadbConnections, ATableIsMadeWithinACorrection) {
  ASSERT_TRUE(db_->begin(Kind::correct));
  ASSERT_TRUE(db_->execute("INSERT INTO t VALUES(1, 1)"));
  ASSERT_TRUE(db_->define("CREATE TABLE more(n INTEGER PRIMARY KEY) ENGINE=InnoDB"));
  ASSERT_TRUE(db_->execute("INSERT INTO more VALUES(5)"));
  db_->roll_back();
  EXPECT_EQ(run("SELECT count(*) FROM t"), "1");
  EXPECT_EQ(run("SELECT count(*) FROM more"), "0");
}

// ---- statements

TEST_F(MariadbConnections, ManyRowsAreReadWhileOtherStatementsRun) {
  ASSERT_EQ(run("INSERT INTO t SELECT seq, -seq FROM seq_1_to_2500"), "");
  ASSERT_TRUE(db_->begin(Kind::write));
  auto rows = *db_->prepare("SELECT consumer, amount FROM t ORDER BY consumer", SqlRows::many);
  std::int64_t count = 0;
  for (bool more = *rows.find({}); more; more = *rows.next()) {
    ++count;
    ASSERT_EQ(rows.integer(0), count);
    ASSERT_EQ(rows.amount(1), -Int128{count});
    if (count % 500 == 0) {
      auto insert = *db_->prepare("INSERT INTO t VALUES(?, 0)");
      ASSERT_TRUE(insert.run({count + 10'000}));
      EXPECT_EQ(*db_->integer_of("SELECT 5"), 5);
    }
  }
  EXPECT_EQ(count, 2500);
  // By the thousand, and not all at once.
  EXPECT_EQ(db_->connection().query("SHOW SESSION STATUS LIKE 'Com_stmt_fetch'")->front().back(),
            "3");
  EXPECT_TRUE(db_->commit());
}

// fault 137
TEST_F(MariadbConnections, ValuesComeBackAsTheyWent) {
  ASSERT_EQ(run("CREATE TABLE v(n BIGINT, x LONGTEXT COLLATE utf8mb4_bin, b LONGBLOB)"), "");
  const std::string text = "'; DROP TABLE t; -- \\ \" ` ä " + std::string(100'000, 'x');
  const std::string blob("\0\xff'\\", 4);
  auto insert = *db_->prepare("INSERT INTO v VALUES(?1, ?2, ?3)");
  ASSERT_TRUE(insert.run({INT64_MIN, text, SqlBlob{blob}}));
  ASSERT_TRUE(insert.run({INT64_MAX, std::string_view(), SqlBlob{""}}));
  auto rows = *db_->prepare("SELECT n, x, b, NULL FROM v WHERE n = ?1 AND x = ?2");
  ASSERT_TRUE(*rows.find({INT64_MIN, text}));
  EXPECT_EQ(rows.integer(0), INT64_MIN);
  EXPECT_EQ(rows.bytes(1), text);
  EXPECT_EQ(rows.bytes(2), blob);
  EXPECT_TRUE(rows.is_null(3));
  ASSERT_TRUE(*rows.find({INT64_MAX, std::string_view()}));
  EXPECT_EQ(rows.bytes(1), "");
  EXPECT_FALSE(rows.is_null(1));
  EXPECT_FALSE(*rows.next());
}

TEST_F(MariadbConnections, AnInsertAnswersItsNumberOrThatItWasThere) {
  ASSERT_EQ(run("CREATE TABLE n(i BIGINT AUTO_INCREMENT PRIMARY KEY, u INTEGER UNIQUE)"), "");
  const std::string sql = "INSERT INTO n(u) VALUES(?) ON DUPLICATE KEY UPDATE i = i";
  EXPECT_EQ(*db_->insert(sql, "i", {5}), 1);
  EXPECT_EQ(*db_->insert(sql, "i", {5}), std::nullopt);
  EXPECT_GT(**db_->insert(sql, "i", {6}), 1);
}

// ---- adding

Sums many(std::uint64_t count, Int128 sum) {
  Sums sums;
  for (std::uint64_t id = 1; id <= count; ++id) {
    sums[{.id = id, .text = {}}] = sum;
  }
  return sums;
}

TEST_F(MariadbConnections, BothWaysOfAddingAddTheSame) {
  const std::uint64_t count = 12'345;
  for (const MariadbRows how : {MariadbRows::by_server, MariadbRows::in_statements}) {
    ASSERT_EQ(run("DELETE FROM t"), "");
    ASSERT_EQ(run("INSERT INTO t VALUES(5, 1), (12345, -7)"), "");
    const auto added = add(many(count, 10), how);
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_EQ(added->keys, count);
    EXPECT_EQ(added->control.amount, Int128{123'450});
    EXPECT_EQ(run("SELECT CONCAT(COUNT(*), ' ', SUM(amount)) FROM t"), "12345 123444");
    EXPECT_EQ(run("SELECT amount FROM t WHERE consumer = 12345"), "3");
  }
}

TEST_F(MariadbConnections, TheOneSumThatDoesNotFitIsNamedEitherWay) {
  const std::string max(38, '9');
  for (const MariadbRows how : {MariadbRows::by_server, MariadbRows::in_statements}) {
    ASSERT_EQ(run("DELETE FROM t"), "");
    ASSERT_EQ(run("INSERT INTO t VALUES(1500, " + max + "), (1600, -" + max + ")"), "");
    const auto added = add(many(2000, 1), how);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind, ErrorKind::invalid);
    EXPECT_THAT(added.error().message, HasSubstr("1500"));
    EXPECT_THAT(added.error().message, HasSubstr(max));
    EXPECT_EQ(run("SELECT count(*) FROM t"), "2");
    EXPECT_EQ(run("SELECT amount FROM t WHERE consumer = 1500"), max);
  }
}

// fault 72
TEST_F(MariadbConnections, TextKeysAreToldApartByteByByte) {
  ASSERT_EQ(run("DROP TABLE t"), "");
  ASSERT_EQ(run("CREATE TABLE t(consumer VARBINARY(1024) PRIMARY KEY, amount BIGINT NOT NULL)"),
            "");
  Sums sums;
  for (const char* const text : {"A", "a", "a ", "\xc3\xa4", "a\xcc\x88", "'; DROP TABLE t"}) {
    sums[{.text = text}] = 1;
  }
  sums[{.text = std::string(1024, 'k')}] = 1;
  for (const MariadbRows how : {MariadbRows::by_server, MariadbRows::in_statements}) {
    ASSERT_TRUE(add(sums, how, KeyKind::text));
  }
  EXPECT_EQ(run("SELECT CONCAT(COUNT(*), ' ', MIN(amount), ' ', MAX(amount)) FROM t"), "7 2 2");
}

TEST_F(MariadbConnections, WritersOfManyKeysTakeTurns) {
  const auto other = connect();
  ASSERT_TRUE(db_->begin(Kind::write));
  SumsCursor cursor(KeyKind::integer, many(10'001, 1), 1000);
  ASSERT_TRUE(add_to_mariadb_table(*db_, layout(), cursor));
  const std::string is_free =
      "SELECT IS_FREE_LOCK(CONCAT('weir.', LEFT(SHA2(CONCAT(DATABASE(), '/turn/t'), 256), 40)))";
  EXPECT_EQ(run(is_free), "0");
  ASSERT_TRUE(db_->commit());
  EXPECT_EQ(run(is_free), "1");
}

}  // namespace
}  // namespace weir::testing
