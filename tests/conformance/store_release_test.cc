// SPDX-License-Identifier: Apache-2.0
// The contract of Ledger::release and of the listings that go with it.
#include "support/history_contract.h"

namespace weir::testing {
namespace {

using ReleaseContract = HistoryContract;
using enum ReleaseState;

INSTANTIATE_TEST_SUITE_P(Stores, ReleaseContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(ReleaseContract, ACountedFileIsPutAwayStepByStep) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  EXPECT_EQ(row_of("a").release, kept);
  ASSERT_TRUE(ledger().release(file, releasing, std::string("/out/a\0\xff", 8)));
  EXPECT_EQ(row_of("a").release, releasing);
  EXPECT_EQ(row_of("a").release_target, std::string("/out/a\0\xff", 8));
  EXPECT_EQ(row_of("a").released_at, 0);
  world_->clock().set(may_4 + hour);
  ASSERT_TRUE(ledger().release(file, released, ""));
  const FileRow row = row_of("a");
  EXPECT_EQ(row.release, released);
  EXPECT_EQ(row.release_target, std::string("/out/a\0\xff", 8));
  EXPECT_EQ(row.released_at, may_4 + hour);
  EXPECT_EQ(row.state, FileState::done);
  expect_totals({{1, 5}});
}

TEST_P(ReleaseContract, EachStepMayBeRepeated) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(ledger().release(file, releasing, "/out/a"));
  }
  for (int again = 0; again < 2; ++again) {
    world_->clock().set(may_4 + (again + 1) * hour);
    ASSERT_TRUE(ledger().release(file, released, "/out/a"));
    EXPECT_EQ(row_of("a").released_at, may_4 + hour);
  }
}

TEST_P(ReleaseContract, AReleaseThatIsGivenUpMayBeTakenUpAgainWithAnotherTarget) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(ledger().release(file, releasing, "/out/a"));
  ASSERT_TRUE(ledger().release(file, kept, ""));
  EXPECT_EQ(row_of("a").release_target, "");
  ASSERT_TRUE(ledger().release(file, releasing, "/out/b"));
  EXPECT_EQ(row_of("a").release_target, "/out/b");
}

TEST_P(ReleaseContract, OfTwoWhoPutAFileAwayTheFirstChoosesWhere) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(ledger().release(file, releasing, "/out/a"));
  EXPECT_EQ(ledger().release(file, releasing, "/out/a.1").error().kind, ErrorKind::conflict);
  EXPECT_EQ(row_of("a").release_target, "/out/a");
  EXPECT_EQ(ledger().release(file, released, "/out/a.1").error().kind, ErrorKind::conflict);
  ASSERT_TRUE(ledger().release(file, released, "/out/a"));
  EXPECT_EQ(ledger().release(file, released, "/out/a.1").error().kind, ErrorKind::conflict);
  EXPECT_EQ(row_of("a").release_target, "/out/a");
}

TEST_P(ReleaseContract, NoStepIsLeftOutAndNoneGoesBack) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  EXPECT_EQ(ledger().release(file, released, "").error().kind, ErrorKind::invalid);
  ASSERT_TRUE(ledger().release(file, releasing, "/out/a"));
  ASSERT_TRUE(ledger().release(file, released, ""));
  EXPECT_EQ(ledger().release(file, kept, "").error().kind, ErrorKind::invalid);
  EXPECT_EQ(ledger().release(file, releasing, "").error().kind, ErrorKind::invalid);
  EXPECT_EQ(ledger().release(file + 1, kept, "").error().kind, ErrorKind::invalid);
  EXPECT_EQ(row_of("a").release, released);
}

// fault 9 (the store's part: nothing is put away before all of it is counted)
TEST_P(ReleaseContract, WhatIsNotWhollyCountedIsNotPutAway) {
  const FileSequence file = enter("a", 2);
  ASSERT_TRUE(commit({.file = file}, {{1, 5}}));
  EXPECT_EQ(ledger().release(file, releasing, "/out/a").error().kind, ErrorKind::invalid);
  ASSERT_TRUE(ledger().settle(file, FileState::quarantined, "damaged"));
  EXPECT_EQ(ledger().release(file, releasing, "/out/a").error().kind, ErrorKind::invalid);
  ASSERT_TRUE(ledger().settle(file, FileState::dropped, "on request"));
  EXPECT_TRUE(ledger().release(file, releasing, "/out/a"));
}

TEST_P(ReleaseContract, ARevokedFileMayBePutAway) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(corrections().revoke(file, "wrong"));
  EXPECT_TRUE(ledger().release(file, releasing, "/out/a"));
}

TEST_P(ReleaseContract, AFilePlannedAnewIsKeptAgain) {
  const FileSequence file = enter("a", 0);
  ASSERT_TRUE(ledger().release(file, releasing, "/out/a"));
  ASSERT_TRUE(ledger().release(file, released, ""));
  ASSERT_TRUE(ledger().replan(file, entry_of("a", 1)));  // the name was used again
  EXPECT_EQ(row_of("a").release, kept);
  EXPECT_EQ(row_of("a").release_target, "");
  EXPECT_EQ(row_of("a").released_at, 0);
}

TEST_P(ReleaseContract, FilesAreListedByReleaseAndByTheTimeTheyWereFinished) {
  const FileSequence a = count("a", may_4, {{1, 5}});
  const FileSequence b = count("b", may_4 + hour, {{1, 5}});
  const FileSequence c = count("c", may_4 + 2 * hour, {{1, 5}});
  enter("d", 1);
  ASSERT_TRUE(ledger().release(b, releasing, "/out/b"));
  ASSERT_TRUE(ledger().release(c, releasing, "/out/c"));
  ASSERT_TRUE(ledger().release(c, released, ""));
  const auto paths = [&](const FileQuery& query) {
    std::string found;
    const auto rows = *store().listings().files(query);
    for (const FileRow& row : rows) {
      found += row.path.substr(4);
    }
    return found;
  };
  EXPECT_EQ(paths({.states = {FileState::done}, .release = kept}), "a");
  EXPECT_EQ(paths({.states = {FileState::done}, .release = releasing}), "b");
  EXPECT_EQ(paths({.states = {FileState::done}, .release = released}), "c");
  EXPECT_EQ(paths({.release = kept}), "ad");
  EXPECT_EQ(paths({.states = {FileState::pending}, .release = kept}), "d");
  EXPECT_EQ(paths({.finished_before = may_4 + hour}), "a");
  EXPECT_EQ(paths({.finished_before = may_4 + hour + 1}), "ab");
  EXPECT_EQ(paths({.finished_before = INT64_MAX}), "abc");
  EXPECT_EQ(paths({.states = {FileState::done}, .release = kept, .finished_before = may_4}), "");
  EXPECT_EQ(paths({.states = {FileState::done, FileState::pending},
                   .release = kept,
                   .after = a,
                   .rows_max = 1}),
            "d");
}

}  // namespace
}  // namespace weir::testing
