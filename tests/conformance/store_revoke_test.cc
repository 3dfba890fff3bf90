// SPDX-License-Identifier: Apache-2.0
// The contract of Corrections::revoke, and of files that replace others.
#include "support/history_contract.h"

namespace weir::testing {
namespace {

using RevokeContract = HistoryContract;
using ReplaceContract = HistoryContract;

INSTANTIATE_TEST_SUITE_P(Stores, RevokeContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(RevokeContract, WhatAFileAddedIsTakenBackExactly) {
  count("a", may_4, {{1, 5}, {2, 6}, {3, 0}});
  const FileSequence file = count("b", may_4 + hour, {{1, 100}, {4, -7}, {INT64_MAX, 1}});
  world_->clock().set(may_4 + day);
  const auto correction = corrections().revoke(file, "sent twice");
  ASSERT_TRUE(correction) << correction.error().message;
  EXPECT_EQ(correction->number, 1);
  EXPECT_EQ(correction->at, may_4 + day);
  EXPECT_EQ(correction->flow, "usage");
  EXPECT_EQ(name(correction->action), "revoke");
  EXPECT_EQ(correction->file, file);
  EXPECT_EQ(correction->path, "/in/b");
  EXPECT_EQ(correction->why, "sent twice");
  EXPECT_EQ(correction->keys, 3u);
  EXPECT_EQ(correction->amount, -94);
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a 5");
  EXPECT_EQ(history_of("4"), "");
  expect_totals({{1, 5}, {2, 6}, {3, 0}, {4, 0}, {INT64_MAX, 0}});  // what fell to 0 stays
  EXPECT_EQ(store().audit().books()->batches.amount, 11);
}

TEST_P(RevokeContract, ARevokedFileIsKnownAndNotCountedAgain) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(corrections().revoke(file, "wrong"));
  const FileRow row = row_of("a");
  EXPECT_EQ(row.state, FileState::revoked);
  EXPECT_EQ(row.reason, "wrong");
  EXPECT_EQ(row.units_done, 0u);
  EXPECT_EQ(row.sum, 0);
  EXPECT_EQ(row.counts, LineCounts{});
  EXPECT_TRUE(ledger().units(file)->empty());
  EXPECT_EQ(commit({.file = file}, {{1, 5}}).error().kind, ErrorKind::conflict);
  EXPECT_EQ(enter("a", 1), file);
  EXPECT_EQ(row_of("a").state, FileState::revoked);
  EXPECT_EQ(store().listings().files({.states = {FileState::revoked}})->size(), 1u);
  EXPECT_EQ(ledger().settle(file, FileState::pending, "").error().kind, ErrorKind::invalid);
  expect_totals({{1, 0}});
}

TEST_P(RevokeContract, APersonMayLetItCountAgain) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(corrections().revoke(file, "wrong"));
  ASSERT_TRUE(ledger().settle(file, FileState::quarantined, "retry"));
  const auto planned = ledger().replan(file, entry_of("a", 2));
  ASSERT_TRUE(planned);
  ASSERT_TRUE(commit({.file = file, .epoch = planned->epoch}, {{1, 2}}));
  ASSERT_TRUE(commit({.file = file, .epoch = planned->epoch, .number = 1}, {{1, 3}}));
  EXPECT_EQ(row_of("a").state, FileState::done);
  expect_totals({{1, 5}});
  ASSERT_TRUE(corrections().revoke(file, "wrong again"));
  EXPECT_EQ(corrections().list(0, 10)->size(), 2u);
  expect_totals({{1, 0}});
}

// fault 5 (of a correction)
TEST_P(RevokeContract, RevokingTwiceTakesBackOnceAndAnswersTheSame) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  count("b", may_4, {{1, 7}});
  const auto first = corrections().revoke(file, "wrong");
  const auto second = corrections().revoke(file, "once more");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->number, first->number);
  EXPECT_EQ(second->why, "wrong");
  EXPECT_EQ(second->amount, -5);
  expect_totals({{1, 7}});
}

TEST_P(RevokeContract, AFileCountedInPartIsTakenBackWithItsPendingUnits) {
  const FileSequence file = enter("a", 3);
  UnitOutcome outcome = outcome_of({.file = file, .number = 1}, sums_of(Amounts{{1, 5}}));
  outcome.counts.rejected = 1;
  outcome.rejects.push_back({.line_in_unit = 1, .text = "bad"});
  ASSERT_TRUE(OwnedBatch().add(outcome, sums_of(Amounts{{1, 5}})).commit_to(store()));
  ASSERT_TRUE(ledger().settle(file, FileState::quarantined, "damaged"));
  ASSERT_TRUE(corrections().revoke(file, "damaged"));
  EXPECT_TRUE(ledger().units(file)->empty());
  EXPECT_TRUE(store().listings().rejects(0, 0, 10)->empty());
  EXPECT_EQ(commit({.file = file}, {{1, 5}}).error().kind, ErrorKind::conflict);
  expect_totals({{1, 0}});
}

TEST_P(RevokeContract, AFileThatAddedNothingMayBeRevoked) {
  const FileSequence empty = enter("empty", 0);
  const FileSequence waiting = enter("waiting", 2);
  for (const FileSequence file : {empty, waiting}) {
    const auto correction = corrections().revoke(file, "not ours");
    ASSERT_TRUE(correction);
    EXPECT_EQ(correction->keys, 0u);
    EXPECT_EQ(correction->amount, 0);
  }
  EXPECT_EQ(row_of("waiting").state, FileState::revoked);
  EXPECT_EQ(commit({.file = waiting}, {{1, 5}}).error().kind, ErrorKind::conflict);
  expect_totals({});
}

TEST_P(RevokeContract, WhatIsNotKnownRowByRowIsRefused) {
  const FileSequence rolled = count("rolled", may_4 - 5 * day, {{1, 5}});
  open("usage", StoreWorld::Keep::totals);
  const FileSequence plain = count("plain", may_4, {{1, 6}});
  ASSERT_TRUE(corrections().roll_up(may_4, Period::day, 100));
  const auto without = corrections().revoke(plain, "");
  EXPECT_EQ(without.error().kind, ErrorKind::invalid);
  EXPECT_NE(without.error().message.find("/in/plain was counted without history"),
            std::string::npos);
  const auto merged = corrections().revoke(rolled, "");
  EXPECT_EQ(merged.error().kind, ErrorKind::invalid);
  EXPECT_NE(merged.error().message.find("/in/rolled was rolled up"), std::string::npos);
  EXPECT_EQ(corrections().revoke(rolled + 100, "").error().kind, ErrorKind::invalid);
  EXPECT_TRUE(corrections().list(0, 10)->empty());
  expect_totals({{1, 11}});
}

TEST_P(RevokeContract, MoreConsumersThanAStatementHoldsAreTakenBack) {
  Amounts amounts;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    amounts.emplace_back(i * 3, static_cast<int>(i) - 700);
  }
  count("a", may_4, {{3, 1}, {4, 1}});
  const FileSequence file = count("b", may_4, amounts);
  const auto correction = corrections().revoke(file, "");
  ASSERT_TRUE(correction);
  EXPECT_EQ(correction->keys, 2000u);
  Amounts due = {{3, 1}, {4, 1}};
  for (const auto& [id, amount] : amounts) {
    due.emplace_back(id, 0);
  }
  expect_totals(due);
}

TEST_P(RevokeContract, AnotherFlowsFileIsNotThere) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  open("other");
  EXPECT_EQ(corrections().revoke(file, "").error().kind, ErrorKind::invalid);
  expect_totals({{1, 5}});
}

INSTANTIATE_TEST_SUITE_P(Stores, ReplaceContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

FileEntry replacing(const std::string& name, int units, FileSequence file) {
  FileEntry entry = entry_of(name, units);
  entry.replaces = file;
  return entry;
}

TEST_P(ReplaceContract, TheLastUnitOfANewFileTakesBackTheOldOne) {
  const FileSequence old = count("old", may_4, {{1, 5}, {2, 6}});
  const FileSequence fresh = enter(replacing("new", 2, old));
  EXPECT_EQ(row_of("new").replaces, old);
  ASSERT_TRUE(commit({.file = fresh}, {{1, 50}}));
  EXPECT_EQ(row_of("old").state, FileState::done);
  expect_totals({{1, 55}, {2, 6}});
  const auto receipt = commit({.file = fresh, .number = 1}, {{3, 7}});
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(row_of("old").state, FileState::revoked);
  EXPECT_EQ(row_of("old").reason, "replaced by /in/new");
  EXPECT_EQ(row_of("new").state, FileState::done);
  EXPECT_EQ(row_of("new").replaces, 0);
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/new 50");
  expect_totals({{1, 50}, {2, 0}, {3, 7}});
  const auto made = *corrections().list(0, 10);
  ASSERT_EQ(made.size(), 1u);
  EXPECT_EQ(name(made[0].action), "replace");
  EXPECT_EQ(made[0].file, old);
  EXPECT_EQ(made[0].amount, -11);
  EXPECT_EQ(made[0].keys, 2u);
}

// fault 115 (a sum on the way from one file to the other)
TEST_P(ReplaceContract, NeitherOrderOfTheTwoIsTooLargeInBetween) {
  const FileSequence plus = count("plus", may_4, {{1, INT64_MAX}, {2, INT64_MIN}});
  const FileSequence fresh = enter(replacing("new", 1, plus));
  ASSERT_TRUE(commit({.file = fresh}, {{1, INT64_MAX}, {2, INT64_MIN}}));
  expect_totals({{1, INT64_MAX}, {2, INT64_MIN}});
  const FileSequence minus = count("minus", may_4, {{1, -5}, {2, 5}});
  const FileSequence other = enter(replacing("other", 1, minus));
  world_->tamper("1", INT64_MAX);
  world_->tamper("2", INT64_MIN);
  ASSERT_TRUE(commit({.file = other}, {{1, -5}, {2, 5}}));
  EXPECT_EQ(*totals_of(store()), sums_of(Amounts{{1, INT64_MAX}, {2, INT64_MIN}}));
}

TEST_P(ReplaceContract, AnEmptyNewFileTakesBackTheOldOneAtOnce) {
  const FileSequence old = count("old", may_4, {{1, 5}});
  enter(replacing("new", 0, old));
  EXPECT_EQ(row_of("new").state, FileState::done);
  EXPECT_EQ(row_of("old").state, FileState::revoked);
  expect_totals({{1, 0}});
}

TEST_P(ReplaceContract, AKnownFileTakesTheRoleByANewPlan) {
  const FileSequence old = count("old", may_4, {{1, 5}});
  const FileSequence fresh = enter("new", 1);
  const FileEntry entry = replacing("new", 1, old);
  for (int again = 0; again < 2; ++again) {
    const auto row = ledger().replan(fresh, entry);
    ASSERT_TRUE(row);
    EXPECT_EQ(row->epoch, 1);
    EXPECT_EQ(row->replaces, old);
  }
  const auto changed = ledger().replan(fresh, entry_of("new", 2));  // its bytes changed meanwhile
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->replaces, old);
  ASSERT_TRUE(commit({.file = fresh, .epoch = 2}, {{1, 8}}));
  ASSERT_TRUE(commit({.file = fresh, .epoch = 2, .number = 1}, {{1, 1}}));
  expect_totals({{1, 9}});
}

TEST_P(ReplaceContract, WhatCannotBeTakenBackCannotBeReplaced) {
  open("usage", StoreWorld::Keep::totals);
  const FileSequence plain = count("plain", may_4, {{1, 6}});
  open("usage");
  for (const FileSequence old : {plain, plain + 100}) {
    const FileEntry entry = replacing("new", 1, old);
    EXPECT_EQ(ledger().enter({&entry, 1}).error().kind, ErrorKind::invalid);
  }
  const FileSequence fresh = enter("new", 1);
  EXPECT_EQ(ledger().replan(fresh, replacing("new", 1, plain)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(ledger().replan(fresh, replacing("new", 1, fresh)).error().kind, ErrorKind::invalid);
  EXPECT_EQ(row_of("new").replaces, 0);
  EXPECT_EQ(row_of("new").epoch, 0);
  expect_totals({{1, 6}});
}

TEST_P(ReplaceContract, AFileCountedInPartIsReplacedToo) {
  const FileSequence old = enter("old", 2);
  ASSERT_TRUE(commit({.file = old}, {{1, 5}}));
  const FileSequence fresh = enter(replacing("new", 1, old));
  ASSERT_TRUE(commit({.file = fresh}, {{1, 50}}));
  EXPECT_EQ(commit({.file = old, .number = 1}, {{1, 5}}).error().kind, ErrorKind::conflict);
  expect_totals({{1, 50}});
}

TEST_P(ReplaceContract, AFileThatWasRevokedMeanwhileIsTakenBackOnce) {
  const FileSequence old = count("old", may_4, {{1, 5}});
  const FileSequence fresh = enter(replacing("new", 1, old));
  ASSERT_TRUE(corrections().revoke(old, "wrong"));
  ASSERT_TRUE(commit({.file = fresh}, {{1, 50}}));
  EXPECT_EQ(row_of("old").reason, "wrong");
  expect_totals({{1, 50}});
}

TEST_P(ReplaceContract, AReplacementWithoutHistoryStillTakesBackOneThatHasIt) {
  const FileSequence old = count("old", may_4, {{1, 5}});
  open("usage", StoreWorld::Keep::totals);
  const FileSequence fresh = enter(replacing("new", 1, old));
  const FileSequence other = enter("other", 1);
  OwnedBatch batch;
  batch.add({.file = fresh}, Amounts{{1, 50}, {2, 1}}).add({.file = other}, Amounts{{1, 7}});
  ASSERT_TRUE(batch.commit_to(store()));
  EXPECT_EQ(row_of("old").state, FileState::revoked);
  EXPECT_FALSE(row_of("new").history);
  expect_totals({{1, 57}, {2, 1}});
}

TEST_P(ReplaceContract, TwoFilesThatReplaceOneTakeItBackOnce) {
  const FileSequence old = count("old", may_4, {{1, 5}});
  open("usage", StoreWorld::Keep::totals);
  const FileSequence one = enter(replacing("one", 1, old));
  const FileSequence other = enter(replacing("other", 1, old));
  OwnedBatch batch;
  batch.add({.file = one}, Amounts{{1, 50}}).add({.file = other}, Amounts{{1, 700}});
  ASSERT_TRUE(batch.commit_to(store()));
  EXPECT_EQ(corrections().list(0, 10)->size(), 1u);
  expect_totals({{1, 750}});
}

TEST_P(ReplaceContract, AFileCountedInTheSameBatchAsItsReplacementIsRefused) {
  open("usage", StoreWorld::Keep::totals);
  const FileSequence old = enter("old", 1);
  const FileSequence fresh = enter(replacing("new", 1, old));
  OwnedBatch batch;
  batch.add({.file = old}, Amounts{{1, 5}}).add({.file = fresh}, Amounts{{1, 50}});
  EXPECT_EQ(batch.commit_to(store()).error().kind, ErrorKind::invalid);
  expect_totals({});
}

}  // namespace
}  // namespace weir::testing
