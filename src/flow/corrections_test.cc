// SPDX-License-Identifier: Apache-2.0
#include "flow/corrections.h"

#include <gtest/gtest.h>

#include "store/memory.h"
#include "support/manual_clock.h"
#include "support/store_cases.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds hour = 3'600'000'000'000;

class CorrectionsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(store_->schema().prepare()); }

  FileRow count(const std::string& name, const Amounts& amounts) {
    const FileEntry entry = entry_of(name, 1);
    const FileRow row = store_->ledger().enter({&entry, 1})->front();
    EXPECT_TRUE(OwnedBatch().add({.file = row.sequence}, amounts).commit_to(*store_));
    return row;
  }

  ManualClock clock_;
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  const std::unique_ptr<Store> store_ = open_memory_store(
      memory_database(KeyKind::integer), clock_, *tasks_, "usage", StoreSettings::Keep::history);
  Stop stop_;
};

TEST_F(CorrectionsTest, ARollUpGoesOnUntilNothingIsLeft) {
  Amounts many;
  for (std::uint64_t i = 0; i < 30'000; ++i) {
    many.emplace_back(i, 1);
  }
  count("a", many);
  const Nanoseconds later = clock_.wall() + 1000 * hour;
  const auto summary = roll_up_history(*store_, {.before = later, .into = Period::month}, stop_);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->rows_merged, 30'000u);
  EXPECT_FALSE(summary->stopped);
  EXPECT_EQ(imbalance(*store_), "");
}

TEST_F(CorrectionsTest, ARollUpThatIsAskedToStopEndsBetweenTwoTransactions) {
  Amounts many;
  for (std::uint64_t i = 0; i < 30'000; ++i) {
    many.emplace_back(i, 1);
  }
  count("a", many);
  stop_.request();
  const RollUpOrder order{.before = clock_.wall() + 1000 * hour, .into = Period::month};
  const auto summary = roll_up_history(*store_, order, stop_);
  EXPECT_TRUE(summary->stopped);
  EXPECT_EQ(summary->rows_merged, 20'000u);
  EXPECT_EQ(imbalance(*store_), "");
}

TEST_F(CorrectionsTest, TheScheduleBeginsWithMonths) {
  const HistorySettings settings{.hours_after = 2 * hour, .days_after = 0, .months_after = hour};
  const auto orders = roll_up_schedule(settings, 10 * hour);
  ASSERT_EQ(orders.size(), 2u);
  EXPECT_EQ(orders[0].into, Period::month);
  EXPECT_EQ(orders[0].before, 9 * hour);
  EXPECT_EQ(orders[1].into, Period::hour);
  EXPECT_EQ(orders[1].before, 8 * hour);
  EXPECT_TRUE(roll_up_schedule({}, 10 * hour).empty());
}

TEST_F(CorrectionsTest, ATotalIsExplainedRowByRowOverManyPages) {
  for (int i = 0; i < 2500; ++i) {
    count(std::to_string(i), {{7, i}});
  }
  int rows = 0;
  const auto explained =
      explain_total(*store_, "7", {}, [&](const HistoryRow& row) -> Result<void> {
        EXPECT_EQ(row.amount, rows++);
        return {};
      });
  ASSERT_TRUE(explained);
  EXPECT_EQ(rows, 2500);
  EXPECT_EQ(explained->told, explained->total->amount);
  EXPECT_EQ(**sum_of_span(*store_, "7", {}), explained->told);
  EXPECT_EQ(*sum_of_span(*store_, "7", {.from = clock_.wall() + hour}), std::nullopt);
}

TEST_F(CorrectionsTest, EveryCorrectionIsVisitedOverManyPages) {
  for (int i = 0; i < 1001; ++i) {
    ASSERT_TRUE(revoke_file(*store_, count(std::to_string(i), {{1, 1}}), "wrong"));
  }
  std::int64_t seen = 0;
  ASSERT_TRUE(each_correction(*store_, [&](const Correction& correction) -> Result<void> {
    EXPECT_EQ(correction.number, ++seen);
    return {};
  }));
  EXPECT_EQ(seen, 1001);
}

}  // namespace
}  // namespace weir::testing
