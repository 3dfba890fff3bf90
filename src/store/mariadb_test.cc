// SPDX-License-Identifier: Apache-2.0
// The store on a real MariaDB: opening it, its tables, and what others do to it meanwhile.
#include "store/mariadb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "store/mariadb_database.h"
#include "support/manual_clock.h"
#include "support/mariadb.h"
#include "support/store_cases.h"

namespace weir::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Durability = MariadbStoreOptions::Durability;

constexpr Nanoseconds second = 1'000'000'000;
constexpr int looks_max = 200;  // at what another connection does

class MariadbStore : public ::testing::Test {
 protected:
  void SetUp() override {
    if (mariadb_server_url().empty()) {
      GTEST_SKIP() << no_mariadb;
    }
    database_.emplace();
  }
  MariadbStoreOptions options() const {
    return {.url = database_->url(), .durability = Durability::relaxed};
  }
  Result<std::unique_ptr<Store>> prepared(const MariadbStoreOptions& options) {
    TRY_ASSIGN(auto store, open_mariadb_store(clock_, options));
    TRY(store->schema().prepare());
    return store;
  }
  std::unique_ptr<Store> make(const MariadbStoreOptions& options) {
    auto store = prepared(options);
    CHECK(store);
    return *std::move(store);
  }
  std::unique_ptr<Store> make() { return make(options()); }
  void expect_refused(const MariadbStoreOptions& how, ErrorKind kind, const std::string& word) {
    const auto store = open_mariadb_store(clock_, how);
    ASSERT_FALSE(store) << word;
    EXPECT_EQ(store.error().kind, kind) << store.error().message;
    EXPECT_THAT(store.error().message, HasSubstr(word));
  }
  FileSequence enter(Store& store, const std::string& name) {
    const FileEntry entry = entry_of(name, 1);
    const auto rows = store.ledger().enter({&entry, 1});
    CHECK(rows);
    return rows->front().sequence;
  }
  Result<Receipt> commit(Store& store, FileSequence file, const Amounts& amounts) {
    return OwnedBatch().add({.file = file}, amounts).commit_to(store);
  }
  // Until it is known that it was counted.
  void commit_at_last(Store& store, FileSequence file, const Amounts& amounts) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      const auto receipt = commit(store, file, amounts);
      if (receipt || receipt.error().kind == ErrorKind::conflict) {
        return;
      }
      ASSERT_EQ(receipt.error().kind, ErrorKind::unavailable) << receipt.error().message;
    }
    FAIL() << "it never comes through";
  }
  std::string run(const std::string& statement) { return database_->sql(statement); }
  // Until a transaction of this database waits for a row that another has. The server looks anew
  // only where it was not asked for a tenth of a second.
  void wait_for_lock_wait() {
    for (int look = 0; look < looks_max; ++look) {
      if (run("SELECT count(*) FROM information_schema.innodb_trx JOIN "
              "information_schema.processlist ON id = trx_mysql_thread_id WHERE db = '" +
              database_->name() + "' AND trx_state = 'LOCK WAIT'") != "0") {
        return;
      }
      run("DO SLEEP(0.15)");
    }
    FAIL() << "nobody waits";
  }
  // Of the connections to this database other than the test's own.
  void kill_connections() {
    for (;;) {
      const std::string id =
          run("SELECT id FROM information_schema.processlist WHERE db = '" + database_->name() +
              "' AND id <> CONNECTION_ID() AND command <> 'Killed' LIMIT 1");
      if (id.empty() || run("KILL " + id) != "") {
        return;
      }
    }
  }
  std::string total(int consumer) {
    return run("SELECT amount FROM \"usage\" WHERE consumer = " + std::to_string(consumer));
  }

  std::optional<MariadbDatabaseOfTest> database_;
  ManualClock clock_;
};

// ---- opening

TEST_F(MariadbStore, AFreshDatabaseGetsTablesThatAPersonCanRead) {
  const auto store = make();
  ASSERT_TRUE(commit(*store, enter(*store, "a"), {{7, 5}, {8, -1}}));
  EXPECT_EQ(total(7), "5");
  EXPECT_EQ(run("SELECT column_type FROM information_schema.columns WHERE table_name = 'usage' AND "
                "table_schema = DATABASE() AND column_name = 'amount'"),
            "decimal(38,0)");
  EXPECT_EQ(run("SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
                "AND engine = 'InnoDB'"),
            "11");
}

TEST_F(MariadbStore, ReadingMakesNothing) {
  MariadbStoreOptions how = options();
  how.access = StoreAccess::read;
  const auto store = open_mariadb_store(clock_, how);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->totals().top(1).error().kind, ErrorKind::invalid);
  EXPECT_EQ((*store)->schema().prepare().error().kind, ErrorKind::invalid);
  EXPECT_EQ(*(*store)->schema().version(), 0);
  EXPECT_EQ(run("SHOW TABLES"), "");
}

TEST_F(MariadbStore, CommitsThatMayBeLostAreRefused) {
  const std::string flush = run("SELECT @@global.innodb_flush_log_at_trx_commit");
  MariadbStoreOptions how = options();
  how.durability = Durability::full;
  const auto store = open_mariadb_store(clock_, how);
  EXPECT_EQ(store ? "" : "refused", flush == "1" || flush == "3" ? "" : "refused");
}

// fault 71
TEST_F(MariadbStore, WhatCannotBeConnectedToSaysWhatToDo) {
  MariadbStoreOptions how = options();
  how.url += "_and_more";
  expect_refused(how, ErrorKind::invalid, "CREATE DATABASE");
  how.url = mariadb_server_url();
  expect_refused(how, ErrorKind::invalid, "names no database");
  how.url = database_->url();
  how.url.replace(how.url.find("//") + 2, how.url.find('@') - how.url.find("//") - 2,
                  "nobody:secret");
  expect_refused(how, ErrorKind::invalid, "check user and password");
  EXPECT_THAT(open_mariadb_store(clock_, how).error().message, Not(HasSubstr("secret")));
}

TEST_F(MariadbStore, TheFirstHostThatAnswersIsTaken) {
  MariadbStoreOptions how = options();
  const std::string nobody = "127.0.0.1:1";  // a port that nobody has
  const std::size_t host = how.url.find('@') + 1;
  how.url.insert(host, nobody + ",");
  const auto store = prepared(how);
  EXPECT_TRUE(store) << store.error().message;
  how.url = how.url.substr(0, host) + nobody + "/" + database_->name();
  expect_refused(how, ErrorKind::unavailable, nobody);
}

// fault 74
TEST_F(MariadbStore, AServerWithoutTlsIsRefusedUnlessTheUrlSaysSo) {
  if (run("SELECT @@have_ssl") == "YES") {
    GTEST_SKIP() << "this server speaks TLS";
  }
  for (const char* const tls : {"?ssl=verify", "?ssl=trust"}) {
    MariadbStoreOptions how = options();
    how.url += tls;
    EXPECT_FALSE(open_mariadb_store(clock_, how)) << tls;
  }
}

// ---- our tables

// fault 146
TEST_F(MariadbStore, ANewerSchemaIsRefused) {
  make();
  ASSERT_EQ(run("UPDATE weir_meta SET value = '99' WHERE name = 'schema_version'"), "");
  expect_refused(options(), ErrorKind::invalid, "newer weir");
}

TEST_F(MariadbStore, MakingTablesGoesOnWhereItWasCutOff) {
  make();
  ASSERT_EQ(run("RENAME TABLE weir_meta TO weir_meta_begun"), "");
  ASSERT_EQ(run("DROP TABLE weir_correction"), "");
  ASSERT_EQ(run("DROP TABLE weir_table"), "");
  ASSERT_EQ(run("DELETE FROM weir_flow"), "");
  const auto store = make();
  EXPECT_EQ(*store->schema().version(), store_schema_version);
  ASSERT_TRUE(commit(*store, enter(*store, "a"), {{7, 5}}));
  EXPECT_EQ(imbalance(*store), "");
}

TEST_F(MariadbStore, ATableOfHistoryThatWasBegunIsMadeAnew) {
  make();
  ASSERT_EQ(run("INSERT INTO weir_meta VALUES('begun_history', 'usage_history')"), "");
  ASSERT_EQ(run("CREATE TABLE usage_history(half INTEGER)"), "");
  MariadbStoreOptions how = options();
  how.settings.keep = StoreSettings::Keep::history;
  const auto store = make(how);
  ASSERT_TRUE(commit(*store, enter(*store, "a"), {{7, 5}}));
  EXPECT_EQ(run("SELECT amount FROM usage_history"), "5");
  EXPECT_EQ(run("SELECT count(*) FROM weir_meta WHERE name = 'begun_history'"), "0");
  ASSERT_EQ(run("RENAME TABLE usage_history TO kept"), "");
  EXPECT_EQ(prepared(how).error().kind, ErrorKind::corrupt);
}

TEST_F(MariadbStore, TwoThatPrepareAtOnceMakeOneStore) {
  std::vector<std::future<bool>> others;
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::async(std::launch::async, [this] { return bool(prepared(options())); }));
  }
  for (auto& other : others) {
    EXPECT_TRUE(other.get());
  }
  EXPECT_EQ(run("SELECT count(*) FROM weir_table"), "1");
}

// fault 72
TEST_F(MariadbStore, OurTablesWithoutTransactionsAreRefused) {
  make();
  ASSERT_EQ(run("ALTER TABLE weir_batch ENGINE=MyISAM"), "");
  const auto refused = prepared(options());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("ALTER TABLE weir_batch ENGINE=InnoDB"));
}

// fault 73
TEST_F(MariadbStore, TablesThatSomebodyAlteredAreToldAndNothingIsCounted) {
  const auto store = make();
  const FileSequence file = enter(*store, "a");
  ASSERT_TRUE(commit(*store, enter(*store, "before"), {{7, 5}}));
  ASSERT_EQ(run("ALTER TABLE \"usage\" RENAME COLUMN amount TO total"), "");
  const auto renamed = commit(*store, file, {{7, 5}});
  ASSERT_FALSE(renamed);
  EXPECT_EQ(renamed.error().kind, ErrorKind::corrupt) << renamed.error().message;
  ASSERT_EQ(run("ALTER TABLE \"usage\" RENAME COLUMN total TO amount"), "");
  ASSERT_EQ(run("RENAME TABLE weir_batch TO away"), "");
  EXPECT_EQ(commit(*store, file, {{7, 5}}).error().kind, ErrorKind::corrupt);
  ASSERT_EQ(run("RENAME TABLE away TO weir_batch"), "");
  EXPECT_EQ(total(7), "5");
  commit_at_last(*store, file, {{7, 5}});
  EXPECT_EQ(total(7), "10");
  ASSERT_EQ(run("ALTER TABLE \"usage\" MODIFY amount DECIMAL(38,2) NOT NULL"), "");
  EXPECT_EQ(store->totals().top(1).error().kind, ErrorKind::corrupt);
}

// ---- others on the same rows

// fault 69
TEST_F(MariadbStore, AWaitThatIsTooLongUndoesEverything) {
  MariadbStoreOptions how = options();
  how.lock_wait = second;
  const auto store = make(how);
  ASSERT_TRUE(commit(*store, enter(*store, "a"), {{1, 5}, {2, 5}}));
  const FileSequence file = enter(*store, "b");
  ASSERT_EQ(run("START TRANSACTION"), "");
  ASSERT_EQ(run("UPDATE \"usage\" SET amount = amount + 100 WHERE consumer = 2"), "");
  const auto waited = commit(*store, file, {{1, 1}, {2, 1}});
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, ErrorKind::unavailable) << waited.error().message;
  EXPECT_THAT(waited.error().message, HasSubstr("(1205)"));
  ASSERT_EQ(run("ROLLBACK"), "");
  EXPECT_EQ(total(1), "5");
  ASSERT_TRUE(commit(*store, file, {{1, 1}, {2, 1}}));
  EXPECT_EQ(total(1) + " " + total(2), "6 6");
  EXPECT_EQ(imbalance(*store), "");
}

// fault 67
TEST_F(MariadbStore, ADeadlockWithAStrangerIsUndoneAndRepeated) {
  const auto store = make();
  ASSERT_TRUE(commit(*store, enter(*store, "a"), {{1, 5}, {2, 5}}));
  const FileSequence file = enter(*store, "b");
  ASSERT_EQ(run("CREATE TABLE heavy(n INTEGER PRIMARY KEY)"), "");
  ASSERT_EQ(run("START TRANSACTION"), "");
  // The one that has changed less is undone: not the stranger.
  ASSERT_EQ(run("INSERT INTO heavy WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM "
                "r WHERE n < 900) SELECT n FROM r"),
            "");
  ASSERT_EQ(run("UPDATE \"usage\" SET amount = amount + 100 WHERE consumer = 2"), "");
  auto attempt = std::async(std::launch::async,
                            [&] { return commit(*store, file, {{1, 1}, {2, 1}, {3, 1}}); });
  wait_for_lock_wait();
  EXPECT_EQ(run("UPDATE \"usage\" SET amount = amount + 100 WHERE consumer = 1"), "");
  const auto victim = attempt.get();
  ASSERT_FALSE(victim);
  EXPECT_EQ(victim.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(victim.error().message, HasSubstr("(1213)"));
  ASSERT_EQ(run("ROLLBACK"), "");
  EXPECT_EQ(total(1) + " " + total(3), "5 ");
  ASSERT_TRUE(commit(*store, file, {{1, 1}, {2, 1}, {3, 1}}));
  EXPECT_EQ(total(1) + " " + total(2) + " " + total(3), "6 6 1");
  EXPECT_EQ(imbalance(*store), "");
}

// faults 57, 61
TEST_F(MariadbStore, AKilledConnectionIsMadeAnewAndTheCommitRepeated) {
  const auto store = make();
  const FileSequence idle = enter(*store, "a");
  kill_connections();
  commit_at_last(*store, idle, {{1, 5}, {2, 5}});
  const FileSequence busy = enter(*store, "b");
  ASSERT_EQ(run("START TRANSACTION"), "");
  ASSERT_EQ(run("UPDATE \"usage\" SET amount = amount + 100 WHERE consumer = 2"), "");
  auto attempt =
      std::async(std::launch::async, [&] { return commit(*store, busy, {{1, 1}, {2, 1}}); });
  wait_for_lock_wait();
  kill_connections();
  const auto killed = attempt.get();
  ASSERT_FALSE(killed);
  EXPECT_EQ(killed.error().kind, ErrorKind::unavailable) << killed.error().message;
  ASSERT_EQ(run("ROLLBACK"), "");
  commit_at_last(*store, busy, {{1, 1}, {2, 1}});
  EXPECT_EQ(commit(*store, busy, {{1, 1}, {2, 1}}).error().kind, ErrorKind::conflict);
  EXPECT_EQ(total(1) + " " + total(2), "6 6");
  EXPECT_EQ(imbalance(*store), "");
}

// fault 15 (part: the process is frozen in the middle of a transaction)
TEST_F(MariadbStore, WhoIsFrozenDoesNotHoldTheOthers) {
  const auto store = make();
  const FileSequence file = enter(*store, "a");
  const auto frozen = MariadbDatabase::open(
      {.place = *mariadb_place(database_->url()),
       .demand = {.writes = true, .durability = Durability::relaxed},
       .waits = {
           .connect = 10 * second, .reply = 60 * second, .lock = 10 * second, .idle = second}});
  ASSERT_TRUE(frozen);
  ASSERT_TRUE((*frozen)->begin(SqlConnection::Kind::write));
  ASSERT_TRUE((*frozen)->execute("UPDATE weir_file SET reason = 'frozen'"));
  EXPECT_TRUE(commit(*store, file, {{1, 5}}));  // waits for its locks
  const auto thawed = (*frozen)->commit();
  ASSERT_FALSE(thawed);
  EXPECT_EQ(thawed.error().kind, ErrorKind::unavailable) << thawed.error().message;
  EXPECT_FALSE((*frozen)->usable());
  EXPECT_EQ(total(1), "5");
  EXPECT_EQ(run("SELECT reason FROM weir_file"), "");
}

TEST_F(MariadbStore, WritersGoOnBesideEachOtherAndCountExactly) {
  const int writers = 4;
  const int files = 10;
  make();
  std::vector<std::future<void>> all;
  for (int writer = 0; writer < writers; ++writer) {
    all.push_back(std::async(std::launch::async, [this, writer] {
      const auto store = make();
      for (int i = 0; i < files; ++i) {
        const auto file = enter(*store, std::to_string(writer) + "/" + std::to_string(i));
        commit_at_last(*store, file, {{1, 1}, {2, 2}, {100 + static_cast<unsigned>(i), 3}});
      }
    }));
  }
  for (auto& one : all) {
    one.get();
  }
  const auto store = make();
  EXPECT_EQ(total(1) + " " + total(2) + " " + total(105), "40 80 12");
  EXPECT_EQ(imbalance(*store), "");
}

TEST_F(MariadbStore, ACorrectionWaitsForWritersAndWritersForIt) {
  MariadbStoreOptions how = options();
  how.lock_wait = second;
  const auto store = make(how);
  const FileSequence file = enter(*store, "a");
  ASSERT_EQ(run("START TRANSACTION"), "");
  ASSERT_EQ(run("SELECT value FROM weir_meta WHERE name = 'lock' LOCK IN SHARE MODE"), "");
  EXPECT_TRUE(commit(*store, file, {{1, 1}}));  // beside another writer
  EXPECT_EQ(store->corrections().rebase("why").error().kind, ErrorKind::unavailable);
  ASSERT_EQ(run("ROLLBACK"), "");
  EXPECT_TRUE(store->corrections().rebase("why"));
  ASSERT_EQ(run("START TRANSACTION"), "");
  ASSERT_EQ(run("SELECT value FROM weir_meta WHERE name = 'lock' FOR UPDATE"), "");
  EXPECT_EQ(store->ledger().repin(file, {.size = 10}).error().kind, ErrorKind::unavailable);
  ASSERT_EQ(run("ROLLBACK"), "");
  EXPECT_TRUE(store->ledger().repin(file, {.size = 10}));
}

}  // namespace
}  // namespace weir::testing
