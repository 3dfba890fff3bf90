// SPDX-License-Identifier: Apache-2.0
// The contract of Corrections::roll_up, rebase, forget and list.
#include "support/history_contract.h"

namespace weir::testing {
namespace {

class RollUpContract : public HistoryContract {
 protected:
  // To the end, some rows a call; answers how many calls it took. Nothing changes in the sums.
  int roll_up(Nanoseconds before, Period into, std::uint64_t rows_max = 1000) {
    const Sums totals = *totals_of(store());
    for (int calls = 1; calls < 1000; ++calls) {
      const auto rolled = corrections().roll_up(before, into, rows_max);
      EXPECT_TRUE(rolled) << rolled.error().message;
      EXPECT_LE(rolled->rows_read, rows_max);
      EXPECT_EQ(imbalance(store()), "");
      EXPECT_EQ(*totals_of(store()), totals);
      merged_ += rolled->rows_merged;
      if (!rolled->more) {
        return calls;
      }
    }
    return -1;
  }
  std::uint64_t merged_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Stores, RollUpContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(RollUpContract, RowsBecomeHoursThenDaysThenMonths) {
  count("a", may_4 + 3 * second, {{1, 1}, {2, 7}});
  count("b", may_4 + hour - 1, {{1, 20}});
  count("c", may_4 + hour, {{1, 300}});
  count("d", may_4 + day, {{1, 4000}});
  const Nanoseconds later = may_4 + 40 * day;
  roll_up(later, Period::hour);
  EXPECT_EQ(history_of("1"),
            "2026-05-04T00:00:00Z hour 21, 2026-05-04T01:00:00Z hour 300, "
            "2026-05-05T00:00:00Z hour 4000");
  EXPECT_EQ(history_of("2"), "2026-05-04T00:00:00Z hour 7");
  EXPECT_TRUE(row_of("a").rolled_up);
  roll_up(later, Period::day);
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z day 321, 2026-05-05T00:00:00Z day 4000");
  roll_up(later, Period::month);
  EXPECT_EQ(history_of("1"), "2026-05-01T00:00:00Z month 4321");
  EXPECT_EQ(merged_, 5u + 4u + 3u);
  roll_up(later, Period::hour);  // never back
  EXPECT_EQ(history_of("1"), "2026-05-01T00:00:00Z month 4321");
  EXPECT_EQ(merged_, 12u);
}

TEST_P(RollUpContract, OnlyPeriodsThatAreOverAreMerged) {
  count("a", may_4 - 1, {{1, 1}});
  count("b", may_4, {{1, 20}});
  count("c", may_4 + hour, {{1, 300}});
  roll_up(may_4 + hour - 1, Period::day);
  EXPECT_EQ(history_of("1"),
            "2026-05-03T00:00:00Z day 1, 2026-05-04T00:00:00Z /in/b 20, "
            "2026-05-04T01:00:00Z /in/c 300");
  EXPECT_FALSE(row_of("b").rolled_up);
  roll_up(may_4 + hour, Period::hour);
  EXPECT_EQ(history_of("1"),
            "2026-05-03T00:00:00Z day 1, 2026-05-04T00:00:00Z hour 20, "
            "2026-05-04T01:00:00Z /in/c 300");
}

TEST_P(RollUpContract, FewRowsACallMergeTheSame) {
  for (int i = 0; i < 7; ++i) {
    count(std::string(1, static_cast<char>('a' + i)), may_4 + i * 20 * 60 * second,
          {{1, 1}, {2, 10}, {static_cast<unsigned>(i + 3), 100}});
  }
  EXPECT_GT(roll_up(may_4 + day, Period::hour, 1), 10);
  EXPECT_EQ(history_of("1"),
            "2026-05-04T00:00:00Z hour 3, 2026-05-04T01:00:00Z hour 3, "
            "2026-05-04T02:00:00Z hour 1");
  EXPECT_EQ(history_of("2"),
            "2026-05-04T00:00:00Z hour 30, 2026-05-04T01:00:00Z hour 30, "
            "2026-05-04T02:00:00Z hour 10");
  EXPECT_EQ(merged_, 21u);
  EXPECT_EQ(roll_up(may_4 + day, Period::hour, 1), 1);  // nothing is left
  EXPECT_EQ(merged_, 21u);
}

TEST_P(RollUpContract, AFileThatWaitedLongIsMergedByALaterCall) {
  world_->clock().set(may_4);
  const FileSequence late = enter("late", 1);
  const FileSequence walked = enter("walked", 1);
  for (unsigned i = 10; i < 20; ++i) {
    count(std::to_string(i), may_4, {{i, 1}});
  }
  ASSERT_TRUE(corrections().roll_up(may_4 + day, Period::day, 5)->more);
  world_->clock().set(may_4 + 2 * day);
  ASSERT_TRUE(commit({.file = walked}, {{1, 5}}));  // where the walk has been already
  roll_up(may_4 + day, Period::day, 5);
  roll_up(may_4 + day, Period::day, 5);
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z day 5");
  ASSERT_TRUE(commit({.file = late}, {{1, 6}}));  // when it was over
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z day 5, 2026-05-04T00:00:00Z /in/late 6");
  roll_up(may_4 + day, Period::day, 5);
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z day 11");
}

TEST_P(RollUpContract, PeriodsCoarserThanAskedForAreToldAsTheyAre) {
  count("a", may_4 - 4 * day, {{1, 1}});  // in April
  count("b", may_4 - day, {{1, 20}});
  count("c", may_4 + hour, {{1, 300}});
  count("d", may_4 + hour, {{1, 4000}});
  roll_up(may_4 - 3 * day, Period::month);
  roll_up(may_4, Period::day);
  EXPECT_EQ(sums_of_periods({.consumer = "1", .period = Period::hour}),
            "2026-04-01T00:00:00Z month 1, 2026-05-03T00:00:00Z day 20, "
            "2026-05-04T01:00:00Z hour 4300");
  EXPECT_EQ(sums_of_periods({.consumer = "1", .period = Period::day}),
            "2026-04-01T00:00:00Z month 1, 2026-05-03T00:00:00Z day 20, "
            "2026-05-04T00:00:00Z day 4300");
}

TEST_P(RollUpContract, OthersRowsAreStillRevoked) {
  count("a", may_4 - day, {{1, 1}});
  const FileSequence file = count("b", may_4, {{1, 20}});
  roll_up(may_4, Period::day);
  ASSERT_TRUE(corrections().revoke(file, ""));
  EXPECT_EQ(history_of("1"), "2026-05-03T00:00:00Z day 1");
  expect_totals({{1, 1}});
}

TEST_P(RollUpContract, AFileThatIsAboutToBeReplacedStaysAsItIs) {
  const FileSequence old = count("old", may_4 - day, {{1, 1}});
  count("other", may_4 - day, {{1, 20}});
  FileEntry entry = entry_of("new", 1);
  entry.replaces = old;
  world_->clock().set(may_4);
  const FileSequence fresh = enter(entry);
  roll_up(may_4, Period::day, 1);
  EXPECT_EQ(history_of("1"), "2026-05-03T00:00:00Z day 20, 2026-05-03T00:00:00Z /in/old 1");
  ASSERT_TRUE(commit({.file = fresh}, {{1, 300}}));
  expect_totals({{1, 320}});
}

TEST_P(RollUpContract, IntoSingleFilesIsRefused) {
  EXPECT_EQ(corrections().roll_up(may_4, Period::file, 10).error().kind, ErrorKind::invalid);
}

using RebaseContract = HistoryContract;
INSTANTIATE_TEST_SUITE_P(Stores, RebaseContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(RebaseContract, WhatOthersWroteBecomesPartOfTheBase) {
  count("a", may_4, {{1, 5}, {2, 6}});
  world_->tamper("1", 105);
  EXPECT_NE(imbalance(store()), "");
  const auto correction = corrections().rebase("moved by hand");
  ASSERT_TRUE(correction);
  EXPECT_EQ(correction->number, 1);
  EXPECT_EQ(name(correction->action), "rebase");
  EXPECT_EQ(correction->why, "moved by hand");
  EXPECT_EQ(correction->amount, 100);
  expect_totals({{1, 105}, {2, 6}});
  EXPECT_EQ(store().audit().books()->base.amount, 100);
  EXPECT_EQ(corrections().rebase("again")->number, 0);
  world_->tamper("1", 104);
  world_->tamper("2", 7);  // the sum is right, on the wrong consumers
  EXPECT_NE(imbalance(store()), "");
  EXPECT_EQ(corrections().rebase("swapped")->amount, 0);
  EXPECT_EQ(imbalance(store()), "");
  EXPECT_EQ(corrections().list(0, 10)->size(), 2u);
}

using ForgetContract = HistoryContract;
INSTANTIATE_TEST_SUITE_P(Stores, ForgetContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(ForgetContract, WhatIsOverIsForgottenAndStaysInTheSums) {
  const FileSequence a = count("a", may_4, {{1, 5}});
  const FileSequence b = count("b", may_4 + hour, {{1, 6}});
  const FileSequence kept = count("kept", may_4, {{1, 7}});
  const FileSequence revoked = count("revoked", may_4, {{1, 8}});
  const FileSequence dropped = enter("dropped", 2);
  ASSERT_TRUE(commit({.file = dropped}, {{1, 9}}));
  ASSERT_TRUE(ledger().settle(dropped, FileState::dropped, "r"));
  ASSERT_TRUE(corrections().revoke(revoked, "r"));
  for (const FileSequence file : {a, b}) {
    ASSERT_TRUE(ledger().release(file, ReleaseState::releasing, "/out"));
    ASSERT_TRUE(ledger().release(file, ReleaseState::released, ""));
  }
  enter("waiting", 1);
  world_->clock().set(may_4 + day);
  const auto correction = corrections().forget(may_4 + hour);
  ASSERT_TRUE(correction) << correction.error().message;
  EXPECT_EQ(name(correction->action), "forget");
  EXPECT_EQ(correction->keys, 3u);  // a, revoked, dropped
  EXPECT_EQ(correction->amount, 14);
  std::string left;
  const auto files = *store().listings().files({});
  for (const FileRow& row : files) {
    left += row.path + " ";
  }
  EXPECT_EQ(left, "/in/b /in/kept /in/waiting ");
  expect_totals({{1, 27}});
  EXPECT_EQ(history_of("1"),
            "2026-05-04T00:00:00Z  5, 2026-05-04T00:00:00Z /in/kept 7, "
            "2026-05-04T00:00:00Z  9, 2026-05-04T01:00:00Z /in/b 6");
  EXPECT_EQ(corrections().forget(may_4 + hour)->number, 0);
  EXPECT_TRUE(corrections().revoke(kept, "still known"));
  expect_totals({{1, 20}});
}

TEST_P(ForgetContract, AForgottenNameCountsAgain) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(ledger().release(file, ReleaseState::releasing, "/out"));
  ASSERT_TRUE(ledger().release(file, ReleaseState::released, ""));
  ASSERT_TRUE(corrections().forget(INT64_MAX));
  const FileSequence again = count("a", may_4 + day, {{1, 5}});
  EXPECT_GT(again, file);  // a number is never used twice
  expect_totals({{1, 10}});
  ASSERT_TRUE(corrections().revoke(again, ""));
  expect_totals({{1, 5}});
}

TEST_P(ForgetContract, ItsRejectsGoAndItsHistoryIsRolledUp) {
  const FileSequence file = enter("a", 1);
  UnitOutcome outcome = outcome_of({.file = file}, sums_of(Amounts{{1, 5}}));
  outcome.counts.rejected = 1;
  outcome.rejects.push_back({.line_in_unit = 2, .text = "bad"});
  ASSERT_TRUE(OwnedBatch().add(outcome, sums_of(Amounts{{1, 5}})).commit_to(store()));
  ASSERT_TRUE(ledger().release(file, ReleaseState::releasing, "/out"));
  ASSERT_TRUE(ledger().release(file, ReleaseState::released, ""));
  ASSERT_TRUE(corrections().forget(INT64_MAX));
  EXPECT_TRUE(store().listings().rejects(0, 0, 10)->empty());
  ASSERT_TRUE(corrections().roll_up(may_4 + 40 * day, Period::month, 100));
  EXPECT_EQ(history_of("1"), "2026-05-01T00:00:00Z month 5");
  expect_totals({{1, 5}});
}

TEST_P(ForgetContract, AnotherFlowsFilesStay) {
  const FileSequence file = count("a", may_4, {{1, 5}});
  ASSERT_TRUE(ledger().settle(file, FileState::dropped, "r"));
  open("other");
  EXPECT_EQ(corrections().forget(INT64_MAX)->number, 0);
  ASSERT_TRUE(count("b", may_4, {{1, 1}}));
  open("usage");
  EXPECT_EQ(corrections().forget(INT64_MAX)->keys, 1u);
  expect_totals({{1, 6}});
}

TEST_P(ForgetContract, CorrectionsAreListedPageByPage) {
  for (int i = 0; i < 5; ++i) {
    const FileSequence file =
        count(std::string(1, static_cast<char>('a' + i)), may_4 + i * hour, {{1, i}});
    ASSERT_TRUE(corrections().revoke(file, "'; --" + std::to_string(i)));
  }
  const auto page = *corrections().list(2, 2);
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].number, 3);
  EXPECT_EQ(page[0].why, "'; --2");
  EXPECT_EQ(page[0].path, "/in/c");
  EXPECT_EQ(page[1].number, 4);
  EXPECT_TRUE(corrections().list(5, 2)->empty());
}

}  // namespace
}  // namespace weir::testing
