// SPDX-License-Identifier: Apache-2.0
// The contract of History, and of commits that keep it.
#include "support/history_contract.h"

namespace weir::testing {
namespace {

INSTANTIATE_TEST_SUITE_P(Stores, HistoryContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(HistoryContract, WhatAFileAddsIsKeptWithTheFile) {
  count("a", may_4 + 3, {{1, 5}, {2, 0}});
  count("b", may_4 + hour, {{1, -7}});
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a 5, 2026-05-04T01:00:00Z /in/b -7");
  EXPECT_EQ(history_of("2"), "2026-05-04T00:00:00Z /in/a 0");
  EXPECT_EQ(history_of("3"), "");
  EXPECT_TRUE(row_of("a").history);
  EXPECT_FALSE(row_of("a").rolled_up);
  expect_totals({{1, -2}, {2, 0}});
}

TEST_P(HistoryContract, TheUnitsOfAFileMakeOneRowOfAConsumer) {
  const FileSequence file = enter("a", 3);
  ASSERT_TRUE(commit({.file = file, .number = 1}, {{1, 5}}));
  world_->clock().set(may_4 + hour);
  OwnedBatch batch;
  batch.add({.file = file}, Amounts{{1, 6}, {9, 1}})
      .add({.file = file, .number = 2}, Amounts{{1, 7}});
  ASSERT_TRUE(batch.commit_to(store()));
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a 18");
  EXPECT_EQ(history_of("9"), "2026-05-04T00:00:00Z /in/a 1");
  expect_totals({{1, 18}, {9, 1}});
}

// fault 5
TEST_P(HistoryContract, ARepeatedCommitIsKeptOnce) {
  const FileSequence file = enter("a", 2);
  ASSERT_TRUE(commit({.file = file}, {{1, 5}}));
  EXPECT_EQ(commit({.file = file}, {{1, 5}}).error().kind, ErrorKind::conflict);
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a 5");
  expect_totals({{1, 5}});
}

TEST_P(HistoryContract, ACommitThatIsRefusedLeavesNoHistory) {
  const Int128 max = world_->amount_max();
  count("a", may_4, {{1, max}});
  const FileSequence file = enter("b", 1);
  const auto refused = commit({.file = file}, {{1, 1}, {2, 1}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
  EXPECT_EQ(history_of("2"), "");
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a " + to_text(max));
  EXPECT_FALSE(row_of("b").history);
  expect_totals({{1, max}});
}

TEST_P(HistoryContract, ABatchMixesNoFilesThatHaveHistory) {
  const FileSequence a = enter("a", 1);
  const FileSequence b = enter("b", 1);
  OwnedBatch batch;
  batch.add({.file = a}, Amounts{{1, 5}}).add({.file = b}, Amounts{{1, 5}});
  EXPECT_DEATH((void)batch.commit_to(store()), "history");
}

TEST_P(HistoryContract, AFileThatBeganWithHistoryStandsApartAfterwards) {
  const FileSequence a = enter("a", 2);
  ASSERT_TRUE(commit({.file = a}, {{1, 5}}));
  open("usage", StoreWorld::Keep::totals);
  const FileSequence b = enter("b", 1);
  OwnedBatch batch;
  batch.add({.file = a, .number = 1}, Amounts{{1, 6}}).add({.file = b}, Amounts{{1, 7}});
  EXPECT_EQ(batch.commit_to(store()).error().kind, ErrorKind::invalid);
  expect_totals({{1, 5}});
}

TEST_P(HistoryContract, WhetherAFileHasHistoryIsDecidedWithItsFirstUnit) {
  const FileSequence a = enter("a", 2);
  const FileSequence b = enter("b", 2);
  const FileSequence c = enter("c", 2);
  ASSERT_TRUE(commit({.file = a}, {{1, 5}}));
  open("usage", StoreWorld::Keep::totals);
  ASSERT_TRUE(commit({.file = a, .number = 1}, {{1, 6}}));  // goes on as it began
  ASSERT_TRUE(commit({.file = b}, {{1, 100}}));
  open("usage");
  ASSERT_TRUE(commit({.file = b, .number = 1}, {{1, 100}}));
  ASSERT_TRUE(commit({.file = c}, {{1, 7}}));
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a 11, 2026-05-04T00:00:00Z /in/c 7");
  EXPECT_TRUE(row_of("a").history);
  EXPECT_FALSE(row_of("b").history);
  expect_totals({{1, 218}});
}

TEST_P(HistoryContract, WithoutAskingForItThereIsNone) {
  const auto world = GetParam().make(KeyKind::integer);
  Store& plain = world->open("usage");
  ASSERT_TRUE(plain.schema().prepare());
  EXPECT_EQ(plain.history().of_consumer({.consumer = "1"}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(plain.history().by_period({.consumer = "1"}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(plain.corrections().roll_up(may_4, Period::day, 10).error().kind, ErrorKind::invalid);
  EXPECT_TRUE(plain.corrections().list(0, 10)->empty());
}

TEST_P(HistoryContract, ItIsReadPageByPageWithinATime) {
  for (int i = 0; i < 5; ++i) {
    count(std::string(1, static_cast<char>('a' + i)), may_4 + i * hour, {{1, i + 1}});
  }
  count("same time", may_4 + 4 * hour, {{1, 6}, {2, 1}});
  std::string found;
  HistoryQuery query{.consumer = "1", .from = may_4 + 1, .to = may_4 + 4 * hour + 1, .rows_max = 2};
  for (int pages = 0; pages < 3; ++pages) {
    const auto rows = *store().history().of_consumer(query);
    for (const HistoryRow& row : rows) {
      found += to_text(row.amount);
      query.after = row;
    }
    found += "|";
  }
  EXPECT_EQ(found, "23|45|6|");
  EXPECT_EQ(history_of("1", {.from = may_4 + hour, .to = may_4 + 2 * hour}),
            "2026-05-04T01:00:00Z /in/b 2");
  EXPECT_EQ(history_of("x"),
            "error: 'x' is no consumer: keys are numbers from 0 to "
            "9223372036854775807 here");
}

TEST_P(HistoryContract, PeriodsAreThoseOfUtc) {
  count("a", may_4 - 1, {{1, 1}});  // on the 3rd
  count("b", may_4, {{1, 20}});
  count("c", may_4 + hour - 1, {{1, 300}});
  count("d", may_4 + hour, {{1, 4000}, {2, 1}});
  count("e", may_4 + 28 * day, {{1, 50'000}});  // in June
  EXPECT_EQ(sums_of_periods({.consumer = "1", .period = Period::hour}),
            "2026-05-03T23:00:00Z hour 1, 2026-05-04T00:00:00Z hour 320, "
            "2026-05-04T01:00:00Z hour 4000, 2026-06-01T00:00:00Z hour 50000");
  EXPECT_EQ(sums_of_periods({.consumer = "1", .period = Period::day}),
            "2026-05-03T00:00:00Z day 1, 2026-05-04T00:00:00Z day 4320, "
            "2026-06-01T00:00:00Z day 50000");
  EXPECT_EQ(sums_of_periods({.consumer = "1", .period = Period::month}),
            "2026-05-01T00:00:00Z month 4321, 2026-06-01T00:00:00Z month 50000");
  EXPECT_EQ(sums_of_periods(
                {.consumer = "1", .from = may_4, .to = may_4 + hour, .period = Period::month}),
            "2026-05-01T00:00:00Z month 320");
  EXPECT_EQ(sums_of_periods({.consumer = "3"}), "");
}

TEST_P(HistoryContract, SumsOfPeriodsAreExactBeyond64Bits) {
  count("a", may_4, {{1, INT64_MAX}});
  world_->tamper("1", 0);  // so that the table holds what follows
  count("b", may_4, {{1, INT64_MAX}});
  EXPECT_EQ(sums_of_periods({.consumer = "1"}), "2026-05-04T00:00:00Z day 18446744073709551614");
}

TEST_P(HistoryContract, FlowsThatCountIntoOneTableShareItsHistory) {
  count("a", may_4, {{1, 5}});
  open("other");
  count("a", may_4 + hour, {{1, 6}});
  EXPECT_EQ(history_of("1"), "2026-05-04T00:00:00Z /in/a 5, 2026-05-04T01:00:00Z /in/a 6");
  EXPECT_EQ(imbalance(store()), "");
}

class TextHistory : public ::testing::TestWithParam<NamedStoreWorld> {};

INSTANTIATE_TEST_SUITE_P(Stores, TextHistory, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

// fault 137
TEST_P(TextHistory, TextKeysHaveHistoryAndAreNeverStatements) {
  const auto world = GetParam().make(KeyKind::text);
  Store& store = world->open("usage", StoreWorld::Keep::history);
  ASSERT_TRUE(store.schema().prepare());
  const FileEntry entry = entry_of("a", 1);
  const FileSequence file = store.ledger().enter({&entry, 1})->front().sequence;
  TextAmounts amounts = {{"x'); --", 1}, {"a", 2}, {"A", 3}};
  for (int i = 0; i < 600; ++i) {  // more than one statement of rows
    amounts.emplace_back("key " + std::to_string(i), i);
  }
  ASSERT_TRUE(OwnedBatch(KeyKind::text).add({.file = file}, sums_of(amounts)).commit_to(store));
  for (const auto& [key, amount] : amounts) {
    const auto rows = store.history().of_consumer({.consumer = key});
    ASSERT_TRUE(rows && rows->size() == 1) << key;
    EXPECT_EQ(rows->front().amount, amount);
  }
  EXPECT_EQ(imbalance(store), "");
  ASSERT_TRUE(store.corrections().roll_up(INT64_MAX, Period::month, 250));
  EXPECT_EQ(imbalance(store), "");
}

}  // namespace
}  // namespace weir::testing
