// SPDX-License-Identifier: Apache-2.0
// The contract of Ledger::supersede: a new version of a counted file.
#include "support/history_contract.h"

namespace weir::testing {
namespace {

class SupersedeContract : public HistoryContract {
 protected:
  // A version of one unit, told from others by its time.
  static FileEntry version(const std::string& name, Nanoseconds modified, int units = 1) {
    FileEntry entry = entry_of(name, units);
    entry.token.modified = modified;
    return entry;
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, SupersedeContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

// fault 32 (as a new version)
TEST_P(SupersedeContract, TheCommitOfANewVersionSwapsItForTheOldOne) {
  const FileSequence file = enter("a", 3);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(commit({.file = file, .number = i}, {{1, 5}, {2, 6}}));
  }
  const auto row = ledger().supersede(file, version("a", 100));
  ASSERT_TRUE(row) << row.error().message;
  EXPECT_EQ(row->sequence, file);
  EXPECT_EQ(row->epoch, 1);
  EXPECT_EQ(row->state, FileState::pending);
  EXPECT_EQ(row->token.modified, 100);
  EXPECT_EQ(row->replaces, file);
  EXPECT_EQ(row->units, 1u);
  EXPECT_EQ(row->units_done, 0u);
  expect_totals({{1, 15}, {2, 18}});  // still the old one
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a 15");

  world_->clock().set(may_4 + hour);
  const auto receipt = commit({.file = file, .epoch = 1}, {{1, 50}, {3, 7}});
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->finished.size(), 1u);
  EXPECT_EQ(row_of("a").state, FileState::done);
  EXPECT_EQ(row_of("a").replaces, 0);
  EXPECT_EQ(row_of("a").sum, 57);
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a 50");
  EXPECT_EQ(history_of("2"), "");
  expect_totals({{1, 50}, {2, 0}, {3, 7}});
  const auto made = *corrections().list(0, 10);
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(name(made[0].action), "replace");
  EXPECT_EQ(made[0].amount, -33);
}

TEST_P(SupersedeContract, RejectsAreThoseOfTheVersionThatIsCounted) {
  const FileSequence file = enter("a", 1);
  const auto with_reject = [&](std::int32_t epoch, const std::string& text) {
    UnitOutcome outcome{.id = {.file = file, .epoch = epoch}, .counts = {.rejected = 1}};
    outcome.rejects.push_back({.line_in_unit = 1, .text = text});
    return OwnedBatch().add(outcome, {}).commit_to(store());
  };
  const auto texts = [&] {
    std::string found;
    const auto rows = *store().listings().rejects(file, 0, 10);
    for (const RejectRow& row : rows) {
      found += row.reject.text + std::to_string(row.line.value_or(0)) + " ";
    }
    return found;
  };
  ASSERT_TRUE(with_reject(0, "old"));
  ASSERT_TRUE(ledger().supersede(file, version("a", 100)));
  EXPECT_EQ(texts(), "old1 ");
  ASSERT_TRUE(with_reject(1, "new"));
  EXPECT_EQ(texts(), "new1 ");
  EXPECT_EQ(imbalance(store()), "");
}

TEST_P(SupersedeContract, RepeatedItChangesNothing) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  for (int again = 0; again < 2; ++again) {
    const auto row = ledger().supersede(file, version("a", 100));
    ASSERT_TRUE(row);
    EXPECT_EQ(row->epoch, 1);
  }
  ASSERT_TRUE(commit({.file = file, .epoch = 1}, {{1, 6}}));
  EXPECT_EQ(ledger().supersede(file, version("a", 100))->epoch, 1);  // it is what is counted
  expect_totals({{1, 6}});
}

TEST_P(SupersedeContract, AVersionThatChangedBeforeItWasCountedIsPlannedOnceMore) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(ledger().supersede(file, version("a", 100)));
  EXPECT_EQ(ledger().supersede(file, version("a", 101))->epoch, 2);
  EXPECT_EQ(ledger().replan(file, version("a", 102))->epoch, 3);
  EXPECT_EQ(commit({.file = file, .epoch = 2}, {{1, 6}}).error().kind, ErrorKind::conflict);
  expect_totals({{1, 5}});
  ASSERT_TRUE(commit({.file = file, .epoch = 3}, {{1, 7}}));
  expect_totals({{1, 7}});
}

TEST_P(SupersedeContract, AnEmptyVersionTakesTheOldOneBackAtOnce) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  for (int again = 0; again < 2; ++again) {
    const auto row = ledger().supersede(file, version("a", 100, 0));
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(row->state, FileState::done);
    EXPECT_EQ(row->sum, 0);
  }
  EXPECT_EQ(history_of("1"), "");
  EXPECT_EQ(corrections().list(0, 10)->size(), 1u);
  expect_totals({{1, 0}});
}

TEST_P(SupersedeContract, AVersionThatLooksWrongLeavesTheOldOneCounted) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  FileEntry entry = version("a", 100);
  entry.quarantine_reason = "looks wrong";
  ASSERT_TRUE(ledger().supersede(file, entry));
  EXPECT_EQ(row_of("a").state, FileState::quarantined);
  EXPECT_EQ(commit({.file = file, .epoch = 1}, {{1, 6}}).error().kind, ErrorKind::conflict);
  expect_totals({{1, 5}});
  ASSERT_TRUE(ledger().settle(file, FileState::pending, ""));
  ASSERT_TRUE(commit({.file = file, .epoch = 1}, {{1, 6}}));
  expect_totals({{1, 6}});
}

TEST_P(SupersedeContract, WhileItWaitsTheFileMayBeRevoked) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(ledger().supersede(file, version("a", 100)));
  ASSERT_TRUE(corrections().revoke(file, "wrong"));
  EXPECT_EQ(row_of("a").state, FileState::revoked);
  EXPECT_EQ(commit({.file = file, .epoch = 1}, {{1, 6}}).error().kind, ErrorKind::conflict);
  expect_totals({{1, 0}});
}

TEST_P(SupersedeContract, WhereNothingIsCountedItIsAPlan) {
  const FileSequence file = enter("a", 2);
  const auto row = ledger().supersede(file, version("a", 100, 3));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->replaces, 0);
  EXPECT_EQ(ledger().units(file)->size(), 3u);
}

TEST_P(SupersedeContract, WhatCannotBeSwappedInOneCommitIsRefused) {
  const FileSequence part = enter("part", 2);
  ASSERT_TRUE(commit({.file = part}, {{1, 5}}));
  EXPECT_EQ(ledger().supersede(part, version("part", 100)).error().kind, ErrorKind::invalid);
  const FileSequence whole = count("whole", may_4, {{1, 5}});
  EXPECT_EQ(ledger().supersede(whole, version("whole", 100, 2)).error().kind, ErrorKind::invalid);
  open("usage", StoreWorld::Keep::totals);
  const FileSequence plain = count("plain", may_4, {{1, 5}});
  EXPECT_EQ(ledger().supersede(plain, version("plain", 100)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(ledger().supersede(plain + 100, version("none", 1)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(row_of("plain").state, FileState::done);
  expect_totals({{1, 15}});
}

TEST_P(SupersedeContract, ARolledUpFileIsRefusedAndAWaitingOneIsNotRolledUp) {
  const FileSequence waits = count("waits", may_4 - 5 * day, {{1, 5}});
  ASSERT_TRUE(ledger().supersede(waits, version("waits", 100)));
  const FileSequence rolled = count("rolled", may_4 - 5 * day, {{1, 7}});
  world_->clock().set(may_4);
  ASSERT_TRUE(corrections().roll_up(may_4, Period::day, 100));
  EXPECT_EQ(history_of("1"), "2026-04-29T00:00:00Z day 7, 2026-04-29T00:00:00Z /in/waits 5");
  EXPECT_EQ(ledger().supersede(rolled, version("rolled", 100)).error().kind, ErrorKind::invalid);
  ASSERT_TRUE(commit({.file = waits, .epoch = 1}, {{1, 6}}));
  expect_totals({{1, 13}});
  ASSERT_TRUE(corrections().roll_up(may_4, Period::day, 100));
  EXPECT_EQ(history_of("1"), "2026-04-29T00:00:00Z day 13");
  expect_totals({{1, 13}});
}

}  // namespace
}  // namespace weir::testing
