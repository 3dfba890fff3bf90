// SPDX-License-Identifier: Apache-2.0
// What tests of history and corrections share: a store that keeps history, files that are counted
// in one line, and history as text.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/store_cases.h"
#include "support/store_worlds.h"

namespace weir::testing {

inline constexpr Nanoseconds second = 1'000'000'000;
inline constexpr Nanoseconds hour = 3600 * second;
inline constexpr Nanoseconds day = 24 * hour;
inline constexpr Nanoseconds may_4 = 1'777'852'800 * second;  // 2026-05-04T00:00:00Z

class HistoryContract : public ::testing::TestWithParam<NamedStoreWorld> {
 protected:
  void SetUp() override {
    world_->clock().set(may_4);
    open("usage");
  }
  void open(const std::string& flow, StoreWorld::Keep keep = StoreWorld::Keep::history) {
    store_ = &world_->open(flow, keep);
    ASSERT_TRUE(store_->schema().prepare());
  }
  Store& store() { return *store_; }
  Ledger& ledger() { return store_->ledger(); }
  Corrections& corrections() { return store_->corrections(); }

  FileSequence enter(const FileEntry& entry) {
    const auto rows = ledger().enter({&entry, 1});
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? rows->front().sequence : 0;
  }
  FileSequence enter(const std::string& name, int units) { return enter(entry_of(name, units)); }
  Result<Receipt> commit(const UnitId& id, const Amounts& amounts) {
    return OwnedBatch().add(id, amounts).commit_to(store());
  }
  // A file of one unit, accepted and counted at this time.
  FileSequence count(const std::string& name, Nanoseconds at, const Amounts& amounts) {
    world_->clock().set(at);
    const FileSequence file = enter(name, 1);
    EXPECT_TRUE(commit({.file = file}, amounts)) << name;
    return file;
  }
  FileRow row_of(const std::string& name) {
    const FileIdentity identity = "path:/in/" + name;
    return *ledger().find({&identity, 1})->front();
  }

  // "2026-05-04T00:00:00Z /in/a 5, …": rows of many files have their period instead of a path.
  std::string history_of(const std::string& consumer, HistoryQuery query = {}) {
    query.consumer = consumer;
    const auto rows = store().history().of_consumer(query);
    if (!rows) {
      return "error: " + rows.error().message;
    }
    std::string text;
    for (const HistoryRow& row : *rows) {
      const std::string what = row.file == 0 ? std::string(name(row.period)) : row.path;
      text +=
          (text.empty() ? "" : ", ") + utc_text(row.at) + " " + what + " " + to_text(row.amount);
    }
    return text;
  }
  // "2026-05-04T00:00:00Z day 5, …"
  std::string sums_of_periods(PeriodQuery query) {
    const auto sums = store().history().by_period(query);
    if (!sums) {
      return "error: " + sums.error().message;
    }
    std::string text;
    for (const PeriodSum& sum : *sums) {
      text += (text.empty() ? "" : ", ") + utc_text(sum.at) + " " + std::string(name(sum.period)) +
              " " + to_text(sum.amount);
    }
    return text;
  }
  void expect_totals(const Amounts& amounts) {
    EXPECT_EQ(*totals_of(store()), sums_of(amounts));
    EXPECT_EQ(imbalance(store()), "");
  }

  const std::unique_ptr<StoreWorld> world_ = GetParam().make(KeyKind::integer);
  Store* store_ = nullptr;
};

}  // namespace weir::testing
