// SPDX-License-Identifier: Apache-2.0
// What is PostgreSQL's own, on a real server: the one that WEIR_TEST_POSTGRES names.
#include "store/postgres.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "store/postgres_connection.h"
#include "support/manual_clock.h"
#include "support/postgres.h"
#include "support/store_cases.h"

namespace weir::testing {
namespace {

class PostgresStore : public ::testing::Test {
 protected:
  void SetUp() override {
    if (postgres_server_url().empty()) {
      GTEST_SKIP() << "needs a server: tests/servers/run_with_servers.py --postgres -- …";
    }
    schema_.emplace();
  }
  PostgresStoreOptions options(const std::string& more = "") const {
    return {.url = schema_->url(more), .lock_wait = 300'000'000};
  }
  Result<std::unique_ptr<Store>> prepared(const PostgresStoreOptions& options) {
    TRY_ASSIGN(auto store, open_postgres_store(clock_, options));
    TRY(store->schema().prepare());
    return store;
  }
  void run(const std::string& sql) {
    const auto done = schema_->hand().execute(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  void run_all(std::string_view statements) {
    while (!statements.empty()) {
      const auto end = statements.find(';');
      run(std::string(statements.substr(0, end)));
      statements.remove_prefix(std::min(statements.size(), end + 1));
    }
  }
  std::string text_of(const std::string& sql) {
    const auto text = schema_->hand().text_of(sql);
    return text ? *text : text.error().message;
  }
  static FileSequence enter(Store& store, const std::string& name) {
    const FileEntry entry = entry_of(name, 1);
    return store.ledger().enter({&entry, 1})->front().sequence;
  }
  static Result<Receipt> count(Store& store, FileSequence file, const Sums& sums,
                               KeyKind key = KeyKind::integer) {
    return OwnedBatch(key).add({.file = file}, sums).commit_to(store);
  }

  std::optional<PostgresSchemaOfTest> schema_;
  ManualClock clock_;
};

TEST_F(PostgresStore, TablesThatCanHoldExactSumsAreAddedTo) {
  for (const std::string table :
       {"CREATE TABLE usage(consumer bigint PRIMARY KEY, amount bigint NOT NULL)",
        "CREATE TABLE usage(amount numeric(20,0) NOT NULL, consumer bigint UNIQUE NOT NULL, "
        "note text)",
        "CREATE TABLE usage(id serial PRIMARY KEY, consumer bigint NOT NULL UNIQUE, "
        "amount numeric(38) NOT NULL, since date NOT NULL DEFAULT now())"}) {
    run(table);
    run("INSERT INTO usage(consumer, amount) VALUES(7, 100)");
    const auto store = prepared(options());
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(count(**store, enter(**store, "a"), sums_of({{7, 1}, {8, 2}})));
    EXPECT_EQ(text_of("SELECT string_agg(consumer||':'||amount, ' ' ORDER BY consumer) FROM usage"),
              "7:101 8:2");
    EXPECT_EQ(imbalance(**store), "");
    schema_->empty();
  }
}

// fault 72 (here: the same traps on PostgreSQL)
TEST_F(PostgresStore, TablesThatCannotAreRefusedWithWhatToType) {
  struct Refused {
    std::string table;
    std::string why;
  };
  const std::vector<Refused> tables = {
      {"CREATE TABLE usage(consumer bigint PRIMARY KEY, amount double precision NOT NULL)",
       "double precision"},
      {"CREATE TABLE usage(consumer bigint PRIMARY KEY, amount numeric NOT NULL)", "numeric"},
      {"CREATE TABLE usage(consumer bigint PRIMARY KEY, amount numeric(10,2) NOT NULL)", "numeric"},
      {"CREATE TABLE usage(consumer integer PRIMARY KEY, amount bigint NOT NULL)", "integer"},
      {"CREATE TABLE usage(consumer bigint PRIMARY KEY, amount bigint)", "NULL"},
      {"CREATE TABLE usage(consumer bigint NOT NULL, amount bigint NOT NULL)", "unique"},
      {"CREATE TABLE usage(consumer bigint NOT NULL, amount bigint NOT NULL, day date NOT NULL, "
       "UNIQUE (consumer, day))",
       "unique"},
      {"CREATE TABLE usage(consumer bigint PRIMARY KEY, amount bigint NOT NULL, day date NOT NULL)",
       "day"},
      {"CREATE TABLE usage(consumer bigint PRIMARY KEY DEFERRABLE, amount bigint NOT NULL)",
       "unique"}};
  for (const auto& [table, why] : tables) {
    run(table);
    const auto store = prepared(options());
    ASSERT_FALSE(store) << table;
    EXPECT_EQ(store.error().kind, ErrorKind::invalid) << table;
    EXPECT_NE(store.error().message.find(why), std::string::npos) << store.error().message;
    const std::string before = "type in psql: ";
    const auto at = store.error().message.find(before);
    if (at != std::string::npos) {
      run_all(store.error().message.substr(at + before.size()));
      EXPECT_TRUE(prepared(options())) << table;
    }
    schema_->empty();
  }
  run("CREATE UNLOGGED TABLE usage(consumer bigint PRIMARY KEY, amount bigint NOT NULL)");
  EXPECT_FALSE(prepared(options())) << "it would be empty after a crash";
}

// fault 115
TEST_F(PostgresStore, SumsBeyond64BitsAreExactAndBeyond38DigitsRefused) {
  const auto store = prepared(options());
  ASSERT_TRUE(store);
  constexpr Int128 half = Int128{5} * 1'000'000'000'000'000'000 * 1'000'000'000'000'000'000 * 10;
  for (const bool by_copy : {false, true}) {
    const std::string name = by_copy ? "copy" : "array";
    PostgresStoreOptions how = options();
    how.copy_above_rows = by_copy ? 0 : 1000;
    const auto writer = prepared(how);
    ASSERT_TRUE(writer);
    const std::uint64_t key = by_copy ? 2 : 1;
    Sums sums;
    for (const auto& [id, sum] : sums_of({{static_cast<std::int64_t>(key), 1}})) {
      sums[id] = half;
    }
    ASSERT_TRUE(count(**writer, enter(**writer, name + "1"), sums));
    const auto refused = count(**writer, enter(**writer, name + "2"), sums);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_NE(refused.error().message.find("consumer " + std::to_string(key)), std::string::npos)
        << refused.error().message;
    EXPECT_NE(refused.error().message.find(to_text(half)), std::string::npos);
    EXPECT_EQ(imbalance(**writer), "");
  }
}

// fault 115
TEST_F(PostgresStore, ASumThatDoesNotFitIsNamedThoughOthersAreBeingCopied) {
  run("CREATE TABLE usage(consumer bigint PRIMARY KEY, amount bigint NOT NULL)");
  PostgresStoreOptions how = options();
  how.copy_above_rows = 0;
  const auto store = prepared(how);
  ASSERT_TRUE(store);
  constexpr std::uint64_t last = 25'000;  // rows of several portions
  Sums sums;
  for (std::uint64_t key = 1; key <= last; ++key) {
    sums[{.id = key, .text = {}}] = 1;
  }
  const Sums fitting = sums;
  sums[{.id = last, .text = {}}] = Int128{1} << 64;
  const auto refused = count(**store, enter(**store, "a"), sums);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_NE(refused.error().message.find("consumer 25000"), std::string::npos)
      << refused.error().message;
  ASSERT_TRUE(count(**store, enter(**store, "b"), fitting));
  EXPECT_EQ(text_of("SELECT sum(amount) FROM usage"), "25000");
  EXPECT_EQ(imbalance(**store), "");
}

TEST_F(PostgresStore, ACommitThatIsNotDurableIsRefusedBeforeAnythingIsCounted) {
  const auto store = open_postgres_store(clock_, options(" -csynchronous_commit%3Doff"));
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, ErrorKind::invalid);
  EXPECT_NE(store.error().message.find("synchronous_commit"), std::string::npos);
}

// faults 57, 61 (part: the connection is ended by an administrator)
TEST_F(PostgresStore, AConnectionThatIsEndedIsMadeAnew) {
  const auto store = prepared(options());
  ASSERT_TRUE(store);
  const FileSequence file = enter(**store, "a");
  run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'weir' "
      "AND pid <> pg_backend_pid()");
  const auto first = count(**store, file, sums_of({{1, 5}}));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(count(**store, file, sums_of({{1, 5}})));
  EXPECT_EQ(count(**store, file, sums_of({{1, 5}})).error().kind, ErrorKind::conflict);
  EXPECT_EQ(text_of("SELECT amount FROM usage"), "5");
}

// fault 67 (part: a rogue client holds a row)
TEST_F(PostgresStore, ARowThatSomebodyHoldsIsWaitedForAndThenTriedAgain) {
  const auto store = prepared(options());
  ASSERT_TRUE(store);
  ASSERT_TRUE(count(**store, enter(**store, "a"), sums_of({{1, 5}})));
  run("BEGIN");
  run("UPDATE usage SET amount = amount WHERE consumer = 1");
  const FileSequence file = enter(**store, "b");
  const auto held = count(**store, file, sums_of({{1, 7}}));
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().kind, ErrorKind::unavailable);
  run("ROLLBACK");
  EXPECT_TRUE(count(**store, file, sums_of({{1, 7}})));
  EXPECT_EQ(text_of("SELECT amount FROM usage"), "12");
}

// fault 15 (part: the process is frozen in the middle of a transaction)
TEST_F(PostgresStore, WhoIsFrozenDoesNotHoldTheOthers) {
  const auto store = prepared(options());
  ASSERT_TRUE(store);
  const FileSequence file = enter(**store, "a");
  const auto frozen = PostgresConnection::open({.clock = &system_clock(),
                                                .url = options().url,
                                                .place = "the server",
                                                .writes = true,
                                                .reply_wait = 60'000'000'000,
                                                .idle_wait = 50'000'000});
  ASSERT_TRUE(frozen);
  ASSERT_TRUE((*frozen)->begin(SqlConnection::Kind::write));
  ASSERT_TRUE((*frozen)->execute("UPDATE weir_file SET reason = 'frozen'"));
  while (!count(**store, file, sums_of({{1, 5}}))) {  // waits for its locks
  }
  const auto thawed = (*frozen)->commit();
  ASSERT_FALSE(thawed);
  EXPECT_EQ(thawed.error().kind, ErrorKind::unavailable) << thawed.error().message;
  EXPECT_FALSE((*frozen)->usable());
  EXPECT_EQ(text_of("SELECT amount FROM usage"), "5");
  EXPECT_EQ(text_of("SELECT reason FROM weir_file"), "");
}

// fault 73
TEST_F(PostgresStore, ATableThatSomebodyDroppedIsAnErrorForAPerson) {
  const auto store = prepared(options());
  ASSERT_TRUE(store);
  const FileSequence file = enter(**store, "a");
  run("ALTER TABLE usage DROP COLUMN amount");
  const auto refused = count(**store, file, sums_of({{1, 5}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_EQ(text_of("SELECT count(*) FROM weir_unit WHERE state = 'done'"), "0");
}

// fault 146 (part: another program's newer schema)
TEST_F(PostgresStore, ANewerSchemaIsRefused) {
  ASSERT_TRUE(prepared(options()));
  run("UPDATE weir_meta SET value = '99' WHERE name = 'schema_version'");
  const auto store = open_postgres_store(clock_, options());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().kind, ErrorKind::invalid);
  EXPECT_NE(store.error().message.find("newer weir"), std::string::npos);
}

// fault 137
TEST_F(PostgresStore, HostileNamesAndKeysAreValues) {
  PostgresStoreOptions how = options();
  how.flow = "x'; DROP TABLE usage; --";
  how.key = KeyKind::text;
  how.settings.table = "usage of \xc3\xa9t\xc3\xa9";
  const auto store = prepared(how);
  ASSERT_TRUE(store) << store.error().message;
  const std::string key = "a'); DELETE FROM weir_file; --{}\\\"";
  ASSERT_TRUE(
      count(**store, enter(**store, "'; --\n\xff"), sums_of(TextAmounts{{key, 3}}), KeyKind::text));
  EXPECT_EQ((*store)->totals().get(std::vector{key})->front()->amount, 3);
  EXPECT_EQ(imbalance(**store), "");
}

TEST_F(PostgresStore, AFlowThatIsNotSetUpIsToldWhatToRun) {
  const auto store = open_postgres_store(clock_, options());
  ASSERT_TRUE(store);
  const auto checked = (*store)->schema().check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::invalid);
  EXPECT_NE(checked.error().message.find("weir init"), std::string::npos);
  ASSERT_TRUE((*store)->schema().prepare());
  EXPECT_TRUE((*store)->schema().check());
  PostgresStoreOptions other = options();
  other.flow = "other";
  EXPECT_FALSE((*open_postgres_store(clock_, other))->schema().check());
}

}  // namespace
}  // namespace weir::testing
