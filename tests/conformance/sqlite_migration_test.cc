// SPDX-License-Identifier: Apache-2.0
// A database that an older weir made is brought up to date, or stays as it was: whatever happens
// meanwhile. It is made by the statements of then (support/schema_1.sql), with what they held.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "store/sqlite.h"
#include "support/child.h"
#include "support/manual_clock.h"
#include "support/power_loss_vfs.h"
#include "support/sql.h"
#include "support/store_cases.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

std::string old_statements() {
  std::ifstream file(WEIR_SCHEMA_1);
  std::ostringstream text;
  text << file.rdbuf();
  CHECK(file.good());
  return std::move(text).str();
}

// The file that they make. Once: making it waits for the disk.
const std::string& old_bytes() {
  static const std::string bytes = [] {
    const TemporaryFolder folder;
    CHECK(!sql(folder / "old.db", old_statements()).starts_with("error"));
    return file_bytes(folder / "old.db");
  }();
  return bytes;
}

class OldDatabase {
 public:
  OldDatabase() { write_file(path(), old_bytes()); }

  Result<std::unique_ptr<Store>> open(StoreAccess access = StoreAccess::write,
                                      StoreSettings::Keep keep = StoreSettings::Keep::totals) {
    return open_sqlite_store(clock_,
                             {.path = path(), .access = access, .settings = {.keep = keep}});
  }
  Result<void> prepare() {
    TRY_ASSIGN(const auto store, open());
    return store->schema().prepare();
  }
  std::string path() const { return folder_ / "weir.db"; }
  std::string version() const {
    return sql(path(), "SELECT value FROM weir_meta WHERE name = 'schema_version'");
  }
  // Every table's and index's statement, in the order of their names.
  std::string schema() const {
    return sql(path(),
               "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema "
               "WHERE name LIKE 'weir_%' ORDER BY name)");
  }

 private:
  const TemporaryFolder folder_;
  ManualClock clock_;
};

constexpr std::uint64_t units_of_two = 8;

// All that stood in it, as the statements say.
void expect_content(Store& store, const std::string& when) {
  const auto rows = store.listings().files({});
  ASSERT_TRUE(rows) << when << rows.error().message;
  ASSERT_EQ(rows->size(), 4u) << when;
  const FileRow& one = (*rows)[1];
  EXPECT_EQ(one.path, "/in/one.txt");
  EXPECT_EQ(one.identity, "path:/in/one.txt");
  EXPECT_EQ(one.state, FileState::done);
  EXPECT_EQ(one.sum, 2340);
  EXPECT_EQ(one.counts, (LineCounts{.good = 40, .rejected = 2, .blank = 0}));
  EXPECT_EQ(one.release, ReleaseState::kept);
  EXPECT_EQ(one.release_target, "");
  EXPECT_FALSE(one.history || one.rolled_up);
  EXPECT_EQ(one.replaces, 0);
  EXPECT_EQ((*rows)[2].state, FileState::quarantined);
  const FileRow& two = (*rows)[3];
  EXPECT_EQ(two.state, FileState::pending);
  EXPECT_EQ(two.units_done, 4u);
  EXPECT_EQ(store.ledger().units(two.sequence)->size(), units_of_two);
  EXPECT_EQ(store.listings().rejects(0, 0, 10)->size(), 2u);
  EXPECT_EQ(store.audit().books()->base.amount, 993);
  EXPECT_EQ(
      *totals_of(store),
      sums_of(Amounts{
          {0, 6790}, {1, 6572}, {2, 6624}, {3, 7676}, {4, 6728}, {5, 285}, {6, 300}, {100, -7}}))
      << when;
  EXPECT_EQ(imbalance(store), "") << when;
}

// Whatever happened: what is there is wholly old or wholly new, and the next start makes it new.
void expect_whole(OldDatabase& database, const std::string& when) {
  const std::string version = database.version();
  const std::string columns =
      sql(database.path(), "SELECT count(*) FROM pragma_table_info('weir_file')");
  const std::string tables = sql(database.path(),
                                 "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND "
                                 "name LIKE 'weir_%'");
  EXPECT_TRUE((version == "1" && columns == "24" && tables == "7") ||
              (version == "2" && columns == "30" && tables == "9"))
      << when << version << ": " << columns << " columns, " << tables << " tables";
  const auto store = database.open();
  ASSERT_TRUE(store) << when << store.error().message;
  ASSERT_TRUE((*store)->schema().prepare()) << when;
  expect_content(**store, when);
}

TEST(SqliteMigration, KeepsAllThatStoodInTheDatabase) {
  OldDatabase database;
  EXPECT_EQ(database.version(), "1");
  const auto store = database.open();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(*(*store)->schema().version(), 1);
  ASSERT_TRUE((*store)->schema().prepare());
  EXPECT_EQ(*(*store)->schema().version(), 2);
  EXPECT_EQ(*(*store)->schema().incarnation(), "00112233445566778899aabbccddeeff");
  expect_content(**store, "");
}

TEST(SqliteMigration, MakesTheTablesThatANewDatabaseHas) {
  OldDatabase database;
  ASSERT_TRUE(database.prepare());
  const TemporaryFolder folder;
  ManualClock clock;
  {
    const auto store = open_sqlite_store(clock, {.path = folder / "new.db"});
    ASSERT_TRUE((*store)->schema().prepare());
  }
  EXPECT_EQ(database.schema(), sql(folder / "new.db",
                                   "SELECT group_concat(sql, ';') FROM (SELECT sql FROM "
                                   "sqlite_schema WHERE name LIKE 'weir_%' ORDER BY name)"));
}

TEST(SqliteMigration, IsDoneOnce) {
  OldDatabase database;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(database.prepare());
    EXPECT_EQ(database.version(), "2");
  }
  expect_whole(database, "");
}

TEST(SqliteMigration, AReaderIsToldToDoIt) {
  OldDatabase database;
  for (const StoreAccess access : {StoreAccess::read, StoreAccess::write}) {
    const auto store = database.open(access);
    ASSERT_TRUE(store) << store.error().message;
    for (const Error& error :
         {(*store)->totals().top(1).error(), (*store)->listings().files({}).error(),
          (*store)->audit().books().error(), (*store)->corrections().list(0, 1).error()}) {
      EXPECT_EQ(error.kind, ErrorKind::invalid);
      EXPECT_NE(error.message.find(database.path() + " was made by an older weir (schema 1): run: "
                                                     "weir init"),
                std::string::npos)
          << error.message;
    }
  }
  EXPECT_EQ(database.version(), "1");  // reading changes nothing
}

// fault 149 (part: a file that was begun by an older weir goes on with its plan)
TEST(SqliteMigration, AFileThatWasBegunGoesOn) {
  OldDatabase database;
  const auto opened = database.open(StoreAccess::write, StoreSettings::Keep::history);
  ASSERT_TRUE(opened) << opened.error().message;
  Store& store = **opened;
  ASSERT_TRUE(store.schema().prepare());
  const FileSequence two = store.listings().files({})->back().sequence;
  for (int number = 4; number < static_cast<int>(units_of_two); ++number) {
    const auto receipt =
        OwnedBatch().add({.file = two, .number = number}, Amounts{{1, 1}}).commit_to(store);
    ASSERT_TRUE(receipt) << receipt.error().message;
  }
  const FileRow row = store.listings().files({})->back();
  EXPECT_EQ(row.state, FileState::done);
  EXPECT_FALSE(row.history);  // half of what it added was never kept
  EXPECT_EQ(store.corrections().revoke(two, "").error().kind, ErrorKind::invalid);
  const FileEntry entry = entry_of("new", 1);
  const FileSequence fresh = store.ledger().enter({&entry, 1})->front().sequence;
  EXPECT_GT(fresh, two);
  ASSERT_TRUE(OwnedBatch().add({.file = fresh}, Amounts{{1, 1}}).commit_to(store));
  EXPECT_EQ(store.history().of_consumer({.consumer = "1"})->size(), 1u);
  EXPECT_EQ(imbalance(store), "");
}

TEST(SqliteMigration, AForeignTableOfThatNameIsNotTakenForHistory) {
  OldDatabase database;
  sql(database.path(), "CREATE TABLE usage_history(x)");
  const auto store = database.open(StoreAccess::write, StoreSettings::Keep::history);
  const auto prepared = (*store)->schema().prepare();
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().kind, ErrorKind::invalid);
  EXPECT_NE(prepared.error().message.find("\"usage_history\""), std::string::npos);
  EXPECT_EQ(database.version(), "1");  // all of it was taken back
}

TEST(SqliteMigration, AHistoryThatIsGoneIsNoticed) {
  OldDatabase database;
  ASSERT_TRUE(
      (*database.open(StoreAccess::write, StoreSettings::Keep::history))->schema().prepare());
  sql(database.path(), "DROP TABLE usage_history");
  const auto store = database.open();
  EXPECT_EQ((*store)->schema().prepare().error().kind, ErrorKind::corrupt);
}

// faults 11, 47
TEST(SqliteMigration, APowerCutAtAnyStepLeavesItOldOrNew) {
  std::uint64_t step = 1;
  for (bool cut = true; cut; ++step) {
    for (const std::uint64_t seed : {step * 4 + step % 2, step * 4 + 2}) {
      OldDatabase database;
      PowerLossVfs disk;
      disk.cut_at(step);
      (void)!database.prepare();
      cut = disk.is_cut();
      disk.restart(seed);
      expect_whole(database, "step " + std::to_string(step) + ", seed " + std::to_string(seed));
      ASSERT_FALSE(::testing::Test::HasFailure());
    }
  }
  EXPECT_GT(step, 10u);
}

// fault 11
TEST(SqliteMigration, AKillAtAnyStepLeavesItOldOrNew) {
  std::uint64_t step = 1;
  for (bool killed = true; killed; ++step) {
    OldDatabase database;
    PowerLossVfs disk;
    disk.kill_at(step);
    killed = killed_in_child([&] { (void)!database.prepare(); });
    disk.heal();
    expect_whole(database, "step " + std::to_string(step));
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  EXPECT_GT(step, 10u);
}

struct Refusal {
  PowerLossVfs::Step kind;
  int code;
  int os_code;
};

// faults 11, 22, 49
TEST(SqliteMigration, ADiskThatRefusesAnyStepLeavesItOldOrNew) {
  for (const Refusal& refusal : {Refusal{PowerLossVfs::Step::write, SQLITE_FULL, ENOSPC},
                                 Refusal{PowerLossVfs::Step::any, SQLITE_IOERR_WRITE, EIO}}) {
    bool failed = true;
    for (std::uint64_t step = 1; failed; ++step) {
      OldDatabase database;
      PowerLossVfs disk;
      disk.fail({.kind = refusal.kind,
                 .first = step,
                 .last = step,
                 .code = refusal.code,
                 .os_code = refusal.os_code});
      const auto prepared = database.prepare();
      failed = disk.has_failed();
      EXPECT_TRUE(prepared || prepared.error().kind == ErrorKind::unavailable);
      disk.heal();
      expect_whole(database, "step " + std::to_string(step));
      ASSERT_FALSE(::testing::Test::HasFailure());
    }
  }
}

}  // namespace
}  // namespace weir::testing
