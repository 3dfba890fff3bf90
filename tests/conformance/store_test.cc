// SPDX-License-Identifier: Apache-2.0
// The contract of Store (store/store.h), held against every implementation: the ledger, totals and
// listings. The commit and the books are in store_commit_test.cc, random histories in
// store_history_test.cc.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/mariadb.h"
#include "support/store_cases.h"
#include "support/store_worlds.h"

namespace weir::testing {
namespace {

class StoreContract : public ::testing::TestWithParam<NamedStoreWorld> {
 protected:
  void SetUp() override { reopen("usage"); }
  void reopen(const std::string& flow) {
    store_ = &world_->open(flow);
    ASSERT_TRUE(store_->schema().prepare());
  }
  Store& store() { return *store_; }
  Ledger& ledger() { return store_->ledger(); }

  FileRow enter(const FileEntry& entry) {
    auto rows = ledger().enter({&entry, 1});
    EXPECT_TRUE(rows && rows->size() == 1);
    return rows->front();
  }
  FileRow enter(const std::string& name, int units) { return enter(entry_of(name, units)); }
  FileRow row_of(const FileRow& row) {
    const auto rows = ledger().find({&row.identity, 1});
    EXPECT_TRUE(rows && rows->front());
    return *rows->front();
  }
  Result<Receipt> commit(const UnitId& id, const Amounts& amounts) {
    return OwnedBatch().add(id, amounts).commit_to(store());
  }

  const std::unique_ptr<StoreWorld> world_ = GetParam().make(KeyKind::integer);
  Store* store_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST(StoreWorlds, MariadbIsAmongThemWhereAServerIsNamed) {
  if (mariadb_server_url().empty()) {
    GTEST_SKIP() << no_mariadb;
  }
  const auto worlds = store_worlds();
  EXPECT_TRUE(std::any_of(worlds.begin(), worlds.end(),
                          [](const NamedStoreWorld& world) { return world.name == "mariadb"; }));
}

TEST_P(StoreContract, AFileThatIsEnteredIsFoundAsItWasEntered) {
  FileEntry entry = entry_of("day.txt", 2);
  entry.token = {
      .size = 15, .inode = 1ULL << 63 | 5, .modified = -3, .tag = std::string("a\0b", 3)};
  entry.units.back().end = 15;
  entry.plan = {.unit_bytes = 10,
                .compression = Compression::zstd,
                .format = {.key = KeyKind::text, .separator = Separator::blank, .negative = true}};
  const FileRow entered = enter(entry);
  const FileRow found = row_of(entered);
  for (const FileRow& row : {entered, found}) {
    EXPECT_GT(row.sequence, 0);
    EXPECT_EQ(row.identity, entry.identity);
    EXPECT_EQ(row.path, entry.path);
    EXPECT_EQ(row.token, entry.token);
    EXPECT_EQ(row.plan, entry.plan);
    EXPECT_EQ(row.epoch, 0);
    EXPECT_EQ(row.state, FileState::pending);
    EXPECT_NE(row.accepted_at, 0);
    EXPECT_EQ(row.finished_at, 0);
    EXPECT_EQ(row.units, 2u);
    EXPECT_EQ(row.units_done, 0u);
    EXPECT_EQ(row.counts, LineCounts{});
  }
}

TEST_P(StoreContract, WhatIsNotKnownIsNotFound) {
  const FileRow known = enter("a", 1);
  const std::vector<FileIdentity> identities = {"path:/in/b", known.identity, "path:/in/A"};
  const auto rows = ledger().find(identities);
  ASSERT_TRUE(rows);
  EXPECT_FALSE((*rows)[0]);
  EXPECT_TRUE((*rows)[1]);
  EXPECT_FALSE((*rows)[2]);
}

TEST_P(StoreContract, ManyAreFoundInTheOrderInWhichTheyAreAskedFor) {
  constexpr std::size_t count = 150;
  std::vector<FileIdentity> identities;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = std::to_string(i * 37 % count);  // another order than that of numbers
    identities.push_back(i % 3 == 0 ? "path:/none/" + name : enter(name, 1).identity);
  }
  identities.push_back(identities[1]);  // twice
  const auto rows = ledger().find(identities);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), count + 1);
  for (std::size_t i = 0; i <= count; ++i) {
    const bool is_known = i == count || i % 3 != 0;
    ASSERT_EQ((*rows)[i].has_value(), is_known) << i;
    EXPECT_TRUE(!is_known || (*rows)[i]->identity == identities[i]) << i;
  }
  EXPECT_TRUE(ledger().find({})->empty());
}

TEST_P(StoreContract, TheUnitsOfAFileAreThoseOfItsPlan) {
  const FileRow row = enter("a", 3);
  const auto units = ledger().units(row.sequence);
  ASSERT_TRUE(units);
  ASSERT_EQ(units->size(), 3u);
  for (int i = 0; i < 3; ++i) {
    const UnitRow& unit = (*units)[static_cast<std::size_t>(i)];
    EXPECT_EQ(unit.id, (UnitId{.file = row.sequence, .epoch = 0, .number = i}));
    EXPECT_EQ(unit.range, entry_of("a", 3).units[static_cast<std::size_t>(i)]);
    EXPECT_EQ(unit.state, UnitState::pending);
  }
  EXPECT_TRUE(ledger().units(row.sequence + 1)->empty());
}

// fault 149 (the first plan wins)
TEST_P(StoreContract, TheFirstPlanWins) {
  const FileRow first = enter("a", 3);
  FileEntry again = entry_of("a", 2);
  again.plan.unit_bytes = 15;
  again.plan.format.separator = Separator::blank;
  const FileRow second = enter(again);
  EXPECT_EQ(second.sequence, first.sequence);
  EXPECT_EQ(second.plan, first.plan);
  EXPECT_EQ(ledger().units(first.sequence)->size(), 3u);
}

TEST_P(StoreContract, ManyFilesAreEnteredAtOnceAndAnsweredInOrder) {
  const FileRow known = enter("b", 1);
  const std::vector<FileEntry> entries = {entry_of("a", 1), entry_of("b", 2), entry_of("c", 1),
                                          entry_of("a", 5)};
  const auto rows = ledger().enter(entries);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 4u);
  EXPECT_EQ((*rows)[1].sequence, known.sequence);
  EXPECT_LT(known.sequence, (*rows)[0].sequence);
  EXPECT_LT((*rows)[0].sequence, (*rows)[2].sequence);
  EXPECT_EQ((*rows)[3].sequence, (*rows)[0].sequence);  // given twice, entered once
  EXPECT_EQ((*rows)[3].units, 1u);
}

// fault 46 (an empty file)
TEST_P(StoreContract, AnEmptyFileIsDoneAsSoonAsItIsEntered) {
  const FileRow row = enter("empty", 0);
  EXPECT_EQ(row.state, FileState::done);
  EXPECT_NE(row.finished_at, 0);
  EXPECT_EQ(row_of(row).state, FileState::done);
  EXPECT_EQ(imbalance(store()), "");
}

TEST_P(StoreContract, AFileEnteredWithAReasonIsSetAside) {
  FileEntry entry = entry_of("a", 1);
  entry.quarantine_reason = "looks tab-separated";
  const FileRow row = enter(entry);
  EXPECT_EQ(row.state, FileState::quarantined);
  EXPECT_EQ(row_of(row).reason, "looks tab-separated");
  EXPECT_EQ(commit({.file = row.sequence}, {{1, 1}}).error().kind, ErrorKind::conflict);
}

TEST_P(StoreContract, FlowsDoNotSeeEachOthersFiles) {
  const FileRow row = enter("a", 1);
  reopen("other");
  EXPECT_FALSE(ledger().find({&row.identity, 1})->front());
  EXPECT_TRUE(ledger().units(row.sequence)->empty());
  EXPECT_TRUE(store().listings().files({})->empty());
  EXPECT_FALSE(ledger().settle(row.sequence, FileState::dropped, ""));
  EXPECT_EQ(commit({.file = row.sequence}, {{1, 1}}).error().kind, ErrorKind::conflict);
  const FileRow theirs = enter("a", 1);
  EXPECT_GT(theirs.sequence, row.sequence);
}

// faults 40, 137 (names in the store)
TEST_P(StoreContract, NamesAreBytesAndNeverStatements) {
  const std::string hostile("x'); DROP TABLE usage; --\0\n\xff\xfe\"`\\", 36);
  FileEntry entry = entry_of("a", 1);
  entry.identity = "path:" + hostile;
  entry.path = hostile;
  entry.quarantine_reason = "it's \"so\"; --";
  const FileRow row = enter(entry);
  const FileRow found = row_of(row);
  EXPECT_EQ(found.identity, entry.identity);
  EXPECT_EQ(found.path, hostile);
  EXPECT_EQ(found.reason, entry.quarantine_reason);
  EXPECT_EQ(store().listings().files({})->front().path, hostile);
  EXPECT_EQ(imbalance(store()), "");
}

TEST_P(StoreContract, ANewPlanIsANewEpoch) {
  const FileRow row = enter("a", 3);
  FileEntry entry = entry_of("a", 2);
  entry.token.inode = 8;
  const auto replanned = ledger().replan(row.sequence, entry);
  ASSERT_TRUE(replanned);
  EXPECT_EQ(replanned->sequence, row.sequence);
  EXPECT_EQ(replanned->epoch, 1);
  EXPECT_EQ(replanned->token, entry.token);
  const auto units = ledger().units(row.sequence);
  ASSERT_EQ(units->size(), 2u);
  EXPECT_EQ(units->front().id.epoch, 1);
  const auto late = commit({.file = row.sequence, .epoch = 0}, {{1, 1}});
  EXPECT_EQ(late.error().kind, ErrorKind::conflict);
  EXPECT_TRUE(commit({.file = row.sequence, .epoch = 1}, {{1, 1}}));
}

TEST_P(StoreContract, ReplanningAgainToTheSameChangesNothing) {
  const FileRow row = enter("a", 3);
  ASSERT_TRUE(ledger().replan(row.sequence, entry_of("a", 2)));
  ASSERT_TRUE(commit({.file = row.sequence, .epoch = 1}, {{1, 1}}));
  const auto repeated = ledger().replan(row.sequence, entry_of("a", 2));  // its answer was lost
  ASSERT_TRUE(repeated);
  EXPECT_EQ(repeated->epoch, 1);
  EXPECT_EQ(repeated->units_done, 1u);
}

TEST_P(StoreContract, APlanStaysOnceAUnitOfItIsDone) {
  const FileRow row = enter("a", 2);
  ASSERT_TRUE(commit({.file = row.sequence}, {{1, 1}}));
  const auto replanned = ledger().replan(row.sequence, entry_of("a", 3));
  EXPECT_EQ(replanned.error().kind, ErrorKind::conflict);
  EXPECT_EQ(ledger().units(row.sequence)->size(), 2u);
  EXPECT_EQ(row_of(row).epoch, 0);
}

TEST_P(StoreContract, AnEmptyFileThatGrewIsPlannedAnew) {
  const FileRow row = enter("a", 0);
  const auto grown = ledger().replan(row.sequence, entry_of("a", 2));
  ASSERT_TRUE(grown);
  EXPECT_EQ(grown->state, FileState::pending);
  EXPECT_EQ(grown->finished_at, 0);
  EXPECT_EQ(ledger().units(row.sequence)->size(), 2u);
}

TEST_P(StoreContract, AReplanMaySetAside) {
  const FileRow row = enter("a", 2);
  FileEntry entry = entry_of("a", 2);
  entry.quarantine_reason = "changed";
  const auto replanned = ledger().replan(row.sequence, entry);
  ASSERT_TRUE(replanned);
  EXPECT_EQ(replanned->state, FileState::quarantined);
  EXPECT_EQ(replanned->reason, "changed");
  EXPECT_FALSE(ledger().replan(row.sequence + 1, entry));
}

TEST_P(StoreContract, AFileSetAsideKeepsWhatWasCountedAndTakesNoMore) {
  const FileRow row = enter("a", 2);
  ASSERT_TRUE(commit({.file = row.sequence}, {{1, 5}}));
  ASSERT_TRUE(ledger().settle(row.sequence, FileState::quarantined, "truncated"));
  EXPECT_EQ(row_of(row).state, FileState::quarantined);
  EXPECT_EQ(row_of(row).reason, "truncated");
  EXPECT_EQ(commit({.file = row.sequence, .number = 1}, {{1, 7}}).error().kind,
            ErrorKind::conflict);
  EXPECT_EQ(*totals_of(store()), sums_of(Amounts{{1, 5}}));

  ASSERT_TRUE(ledger().settle(row.sequence, FileState::pending, ""));
  EXPECT_EQ(row_of(row).reason, "");
  const auto receipt = commit({.file = row.sequence, .number = 1}, {{1, 7}});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->finished.size(), 1u);
  EXPECT_EQ(*totals_of(store()), sums_of(Amounts{{1, 12}}));
  EXPECT_EQ(imbalance(store()), "");
}

TEST_P(StoreContract, ACountedFileGoesBackToDone) {
  const FileRow row = enter("a", 1);
  ASSERT_TRUE(commit({.file = row.sequence}, {{1, 5}}));
  ASSERT_TRUE(ledger().settle(row.sequence, FileState::quarantined, "changed afterwards"));
  EXPECT_TRUE(ledger().units(row.sequence)->empty());
  EXPECT_EQ(imbalance(store()), "");
  ASSERT_TRUE(ledger().settle(row.sequence, FileState::pending, ""));
  EXPECT_EQ(row_of(row).state, FileState::done);
  ASSERT_TRUE(ledger().settle(row.sequence, FileState::pending, ""));  // again: the same
  EXPECT_EQ(row_of(row).state, FileState::done);
  EXPECT_EQ(commit({.file = row.sequence}, {{1, 5}}).error().kind, ErrorKind::conflict);
}

TEST_P(StoreContract, ADroppedFileIsNeverCountedUnlessOfferedAgain) {
  const FileRow row = enter("a", 1);
  ASSERT_TRUE(ledger().settle(row.sequence, FileState::dropped, "on request"));
  EXPECT_EQ(commit({.file = row.sequence}, {{1, 5}}).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(ledger().settle(row.sequence, FileState::pending, ""));
  EXPECT_TRUE(commit({.file = row.sequence}, {{1, 5}}));
}

TEST_P(StoreContract, AFileWithoutUnitsIsNotTakenForCounted) {
  FileEntry entry = entry_of("unreadable", 0);
  entry.token.size = 77;
  entry.quarantine_reason = "unreadable";
  const FileRow row = enter(entry);
  EXPECT_EQ(ledger().settle(row.sequence, FileState::pending, "").error().kind, ErrorKind::invalid);
  EXPECT_EQ(row_of(row).state, FileState::quarantined);
}

TEST_P(StoreContract, ATouchedFileIsPinnedAnew) {
  const FileRow row = enter("a", 1);
  VersionToken token = row.token;
  token.inode = 4711;
  token.modified = 12;
  ASSERT_TRUE(ledger().repin(row.sequence, token));
  EXPECT_EQ(row_of(row).token, token);
  EXPECT_EQ(row_of(row).epoch, 0);
  token.size += 1;
  EXPECT_EQ(ledger().repin(row.sequence, token).error().kind, ErrorKind::invalid);
  EXPECT_EQ(ledger().repin(row.sequence + 1, token).error().kind, ErrorKind::invalid);
}

TEST_P(StoreContract, TotalsAreReadByKeyInOrder) {
  const FileRow row = enter("a", 1);
  ASSERT_TRUE(commit({.file = row.sequence}, {{0, 3}, {7, -5}, {INT64_MAX, 11}}));
  const std::vector<std::string> keys = {"9223372036854775807", "8", "007", "0"};
  const auto totals = store().totals().get(keys);
  ASSERT_TRUE(totals);
  ASSERT_EQ(totals->size(), 4u);
  EXPECT_EQ((*totals)[0]->amount, 11);
  EXPECT_FALSE((*totals)[1]);
  EXPECT_EQ((*totals)[2]->consumer, "7");
  EXPECT_EQ((*totals)[2]->amount, -5);
  EXPECT_EQ((*totals)[3]->amount, 3);
}

TEST_P(StoreContract, AKeyThatIsNoNumberIsRefusedWhereKeysAreNumbers) {
  for (const std::string key : {"", "x", "1x", " 1", "+1", "1.0", "9223372036854775808"}) {
    const auto totals = store().totals().get({&key, 1});
    ASSERT_FALSE(totals) << key;
    EXPECT_EQ(totals.error().kind, ErrorKind::invalid);
  }
}

TEST_P(StoreContract, TheTopIsGreatestFirstAndThenByKey) {
  const FileRow row = enter("a", 1);
  ASSERT_TRUE(commit({.file = row.sequence}, {{9, 5}, {10, 5}, {2, 5}, {3, 7}, {4, -1}}));
  const auto top = store().totals().top(4);
  ASSERT_TRUE(top);
  std::string order;
  for (const Total& total : *top) {
    order += total.consumer + " ";
  }
  EXPECT_EQ(order, "3 2 9 10 ");
  EXPECT_TRUE(store().totals().top(0)->empty());
  EXPECT_EQ(store().totals().top(UINT64_MAX)->size(), 5u);
}

TEST_P(StoreContract, AScanAscendsAndStopsWhereItsVisitorSays) {
  const FileRow row = enter("a", 1);
  ASSERT_TRUE(commit({.file = row.sequence}, {{300, 1}, {2, 1}, {10, 1}}));
  std::vector<std::uint64_t> seen;
  const auto scanned = store().totals().scan([&](const SumEntry& entry) -> Result<void> {
    seen.push_back(entry.id);
    if (seen.size() == 2) {
      return Error{ErrorKind::unavailable, "enough"};
    }
    return {};
  });
  EXPECT_EQ(scanned.error().message, "enough");
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{2, 10}));
  EXPECT_EQ(totals_of(store())->size(), 3u);
}

TEST_P(StoreContract, FilesAreListedPageByPageAndByState) {
  std::vector<FileRow> rows;
  for (const char* const name : {"a", "b", "c", "d", "e"}) {
    rows.push_back(enter(name, 1));
  }
  ASSERT_TRUE(ledger().settle(rows[1].sequence, FileState::quarantined, "r"));
  ASSERT_TRUE(ledger().settle(rows[3].sequence, FileState::dropped, "r"));
  const auto paths = [&](const FileQuery& query) {
    std::string found;
    const auto listed = *store().listings().files(query);
    for (const FileRow& row : listed) {
      found += row.path.substr(4);
    }
    return found;
  };
  EXPECT_EQ(paths({}), "abcde");
  EXPECT_EQ(paths({.rows_max = 2}), "ab");
  EXPECT_EQ(paths({.after = rows[1].sequence, .rows_max = 2}), "cd");
  EXPECT_EQ(paths({.after = rows[4].sequence}), "");
  EXPECT_EQ(paths({.states = {FileState::pending}, .rows_max = 2}), "ac");
  EXPECT_EQ(paths({.states = {FileState::pending}, .after = rows[2].sequence}), "e");
  EXPECT_EQ(paths({.states = {FileState::quarantined, FileState::dropped}}), "bd");
  EXPECT_EQ(paths({.states = {FileState::done}}), "");
}

TEST_P(StoreContract, FilesAreListedByTheirSequences) {
  std::vector<FileSequence> files;
  for (const char* const name : {"a", "b", "c", "d"}) {
    files.push_back(enter(name, 1).sequence);
  }
  ASSERT_TRUE(ledger().settle(files[1], FileState::quarantined, "r"));
  const auto paths = [&](const FileQuery& query) {
    std::string found;
    const auto listed = *store().listings().files(query);
    for (const FileRow& row : listed) {
      found += row.path.substr(4);
    }
    return found;
  };
  const FileSequence none = files.back() + 1000;
  EXPECT_EQ(paths({.among = {files[3], none, files[1], files[3]}}), "bd");
  EXPECT_EQ(paths({.among = {none}}), "");
  EXPECT_EQ(paths({.among = files, .rows_max = 3}), "abc");
  EXPECT_EQ(paths({.among = files, .after = files[1]}), "cd");
  EXPECT_EQ(paths({.among = files, .states = {FileState::quarantined}}), "b");
  reopen("another");
  EXPECT_EQ(paths({.among = files}), "");  // of another flow
}

TEST_P(StoreContract, TheSchemaSaysItsVersionAndKeepsItsIncarnation) {
  EXPECT_EQ(*store().schema().version(), store_schema_version);
  const std::string incarnation = *store().schema().incarnation();
  EXPECT_NE(incarnation, "");
  EXPECT_EQ(*store().schema().lineage(), *store().schema().lineage());
  const FileRow row = enter("a", 1);
  ASSERT_TRUE(store().schema().prepare());  // again: nothing happens
  reopen("usage");
  EXPECT_EQ(*store().schema().incarnation(), incarnation);
  EXPECT_EQ(row_of(row).sequence, row.sequence);
}

TEST_P(StoreContract, WhatIsNotPreparedSaysSo) {
  const auto fresh = GetParam().make(KeyKind::integer);
  Store& unprepared = fresh->open("usage");
  EXPECT_EQ(*unprepared.schema().version(), 0);
  EXPECT_EQ(unprepared.totals().top(1).error().kind, ErrorKind::invalid);
  EXPECT_EQ(unprepared.listings().files({}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(unprepared.schema().incarnation().error().kind, ErrorKind::invalid);
  const FileEntry entry = entry_of("a", 1);
  EXPECT_EQ(unprepared.ledger().enter({&entry, 1}).error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace weir::testing
