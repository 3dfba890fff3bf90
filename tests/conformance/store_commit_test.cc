// SPDX-License-Identifier: Apache-2.0
// The contract of Committer and Audit (store/store.h), held against every implementation.
#include <gtest/gtest.h>

#include "support/store_cases.h"
#include "support/store_worlds.h"

namespace weir::testing {
namespace {

class CommitContract : public ::testing::TestWithParam<NamedStoreWorld> {
 protected:
  void prepare() {
    store_ = &world_->open("usage");
    ASSERT_TRUE(store_->schema().prepare());
  }
  Store& store() { return *store_; }
  FileSequence enter(const FileEntry& entry) {
    return store().ledger().enter({&entry, 1})->front().sequence;
  }
  FileSequence enter(const std::string& name, int units) { return enter(entry_of(name, units)); }
  FileRow row_of(const std::string& name) {
    const FileIdentity identity = "path:/in/" + name;
    return *store().ledger().find({&identity, 1})->front();
  }
  Result<Receipt> commit(const UnitId& id, const Amounts& amounts) {
    return OwnedBatch(key_).add(id, amounts).commit_to(store());
  }
  Result<Receipt> commit(const UnitId& id, const TextAmounts& amounts) {
    return OwnedBatch(key_).add(id, sums_of(amounts)).commit_to(store());
  }
  void expect_totals(const Amounts& amounts) {
    EXPECT_EQ(*totals_of(store()), sums_of(amounts));
    EXPECT_EQ(imbalance(store()), "");
  }

  KeyKind key_ = KeyKind::integer;
  std::unique_ptr<StoreWorld> world_ = GetParam().make(KeyKind::integer);
  Store* store_ = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Stores, CommitContract, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(CommitContract, ACommitAddsItsSumsAndMarksItsUnitsDone) {
  prepare();
  const FileSequence file = enter("a", 2);
  const auto receipt = commit({.file = file}, {{1, 5}, {2, 0}});
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->keys, 2u);
  EXPECT_TRUE(receipt->finished.empty());
  const FileRow row = row_of("a");
  EXPECT_EQ(row.state, FileState::pending);
  EXPECT_EQ(row.units_done, 1u);
  EXPECT_EQ(row.sum, 5);
  EXPECT_EQ(row.counts.good, 2u);
  const auto units = *store().ledger().units(file);
  EXPECT_EQ(units[0].state, UnitState::done);
  EXPECT_EQ(units[0].sum, 5);
  EXPECT_EQ(units[0].digest, outcome_of({.file = file}, {}).digest);
  EXPECT_EQ(units[1].state, UnitState::pending);
  expect_totals({{1, 5}, {2, 0}});
}

// fault 5
TEST_P(CommitContract, CommittingAUnitTwiceCountsItOnce) {
  prepare();
  const FileSequence file = enter("a", 2);
  ASSERT_TRUE(commit({.file = file}, {{1, 5}}));
  EXPECT_EQ(commit({.file = file}, {{1, 5}}).error().kind, ErrorKind::conflict);
  expect_totals({{1, 5}});
}

// fault 5
TEST_P(CommitContract, ARepeatIsNoticedWhenTheFilesUnitsAreFoldedAway) {
  prepare();
  const FileSequence file = enter("a", 1);
  ASSERT_TRUE(commit({.file = file}, {{1, 5}}));
  EXPECT_TRUE(store().ledger().units(file)->empty());
  EXPECT_EQ(commit({.file = file}, {{1, 5}}).error().kind, ErrorKind::conflict);
  expect_totals({{1, 5}});
}

TEST_P(CommitContract, AFinishedFilesRowHoldsWhatItsUnitsSaid) {
  prepare();
  const FileSequence file = enter("a", 2);
  UnitOutcome last = outcome_of({.file = file, .number = 1}, sums_of(Amounts{{1, -7}}));
  last.counts = {.good = 1, .rejected = 2, .blank = 3};
  last.final_newline = false;
  ASSERT_TRUE(OwnedBatch().add(last, sums_of(Amounts{{1, -7}})).commit_to(store()));
  const auto receipt = commit({.file = file}, {{1, 5}, {2, 1}});
  ASSERT_TRUE(receipt);
  ASSERT_EQ(receipt->finished.size(), 1u);
  EXPECT_EQ(receipt->finished[0].file, file);
  EXPECT_EQ(receipt->finished[0].path, "/in/a");
  EXPECT_EQ(receipt->finished[0].duplicate_of, "");
  const FileRow row = row_of("a");
  EXPECT_EQ(row.state, FileState::done);
  EXPECT_NE(row.finished_at, 0);
  EXPECT_EQ(row.units_done, 2u);
  EXPECT_EQ(row.counts, (LineCounts{.good = 3, .rejected = 2, .blank = 3}));
  EXPECT_EQ(row.sum, -1);
  EXPECT_EQ(row.digest, last.digest + outcome_of({.file = file}, {}).digest);
  EXPECT_FALSE(row.final_newline);
  expect_totals({{1, -2}, {2, 1}});
}

TEST_P(CommitContract, ABatchMayHoldUnitsOfManyFiles) {
  prepare();
  const FileSequence a = enter("a", 2);
  const FileSequence b = enter("b", 1);
  const FileSequence c = enter("c", 3);
  OwnedBatch batch;
  batch.add({.file = a, .number = 1}, {{1, 1}})
      .add({.file = b}, {{1, 10}, {5, 2}})
      .add({.file = c}, {{3, 100}})
      .add({.file = c, .number = 2}, {{3, 100}});
  const auto receipt = batch.commit_to(store());
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->keys, 3u);
  ASSERT_EQ(receipt->finished.size(), 1u);
  EXPECT_EQ(receipt->finished[0].file, b);
  expect_totals({{1, 11}, {3, 200}, {5, 2}});
}

TEST_P(CommitContract, ABatchOfWhichOneUnitIsDoneAddsNothing) {
  prepare();
  const FileSequence a = enter("a", 3);
  const FileSequence b = enter("b", 1);
  ASSERT_TRUE(commit({.file = a, .number = 1}, {{1, 1}}));
  for (int late = 0; late < 3; ++late) {
    OwnedBatch batch;
    for (int i = 0; i < 3; ++i) {
      if (i == 1 || i == late) {  // the done one first, last or alone
        batch.add({.file = a, .number = i}, {{2, 7}});
      }
    }
    batch.add({.file = b}, {{3, 7}});
    EXPECT_EQ(batch.commit_to(store()).error().kind, ErrorKind::conflict);
    expect_totals({{1, 1}});
    EXPECT_EQ(row_of("a").units_done, 1u);
    EXPECT_EQ(row_of("b").units_done, 0u);
  }
}

TEST_P(CommitContract, UnitsThatNobodyPlannedAreConflicts) {
  prepare();
  const FileSequence file = enter("a", 2);
  for (const UnitId& id : {UnitId{.file = file, .number = 2}, UnitId{.file = file, .shard = 1},
                           UnitId{.file = file + 1}, UnitId{.file = file, .epoch = 1}}) {
    EXPECT_EQ(commit(id, {{1, 1}}).error().kind, ErrorKind::conflict);
  }
  expect_totals({});
}

// fault 63
TEST_P(CommitContract, AUnitOfAnotherFileOrPlanThatHadTheSameNumberIsAConflict) {
  prepare();
  const FileSequence file = enter("a", 1);
  FileRow lost = row_of("a");  // as another ledger had it, which was lost with its server
  lost.identity = "path:/in/b";
  UnitOutcome outcome = outcome_of({.file = file}, sums_of(Amounts{{1, 5}}));
  outcome.entry_mark = entry_mark_of(lost);
  const auto commit_it = [&] {
    return OwnedBatch().add(outcome, sums_of(Amounts{{1, 5}})).commit_to(store());
  };
  EXPECT_EQ(commit_it().error().kind, ErrorKind::conflict);
  lost = row_of("a");  // of the same epoch, but in other units
  ++lost.plan.unit_bytes;
  outcome.entry_mark = entry_mark_of(lost);
  EXPECT_EQ(commit_it().error().kind, ErrorKind::conflict);
  expect_totals({});
  outcome.entry_mark = entry_mark_of(row_of("a"));
  EXPECT_TRUE(commit_it());
  expect_totals({{1, 5}});
}

TEST_P(CommitContract, APartialThatIsNotTheSumOfItsUnitsIsRefused) {
  prepare();
  const FileSequence file = enter("a", 1);
  OwnedBatch batch;
  batch.add(outcome_of({.file = file}, sums_of(Amounts{{1, 6}})), sums_of(Amounts{{1, 5}}));
  EXPECT_EQ(batch.commit_to(store()).error().kind, ErrorKind::corrupt);
  expect_totals({});
  EXPECT_EQ(row_of("a").units_done, 0u);
}

// A partial that cannot be read to its end, as one that was spilled to a failing disk.
class BrokenCursor final : public SumCursor {
 public:
  explicit BrokenCursor(const Amounts& amounts) : cursor_(KeyKind::integer, sums_of(amounts)) {}
  Result<void> rewind() override { return cursor_.rewind(); }
  Result<std::span<const SumEntry>> next() override {
    TRY_ASSIGN(const auto entries, cursor_.next());
    if (entries.empty()) {
      return Error{ErrorKind::unavailable, "the run cannot be read", 5};
    }
    return entries;
  }
  KeyKind key_kind() const override { return KeyKind::integer; }
  std::uint64_t keys() const override { return cursor_.keys(); }

 private:
  SumsCursor cursor_;
};

TEST_P(CommitContract, APartialThatCannotBeReadAddsNothing) {
  prepare();
  const FileSequence file = enter("a", 1);
  BrokenCursor partial({{1, 5}, {2, 6}});
  const std::vector<UnitOutcome> units = {outcome_of({.file = file}, sums_of(Amounts{{1, 11}}))};
  const auto receipt = store().committer().commit({.units = units, .partial = partial});
  EXPECT_EQ(receipt.error().message, "the run cannot be read");
  expect_totals({});
  EXPECT_TRUE(commit({.file = file}, {{1, 11}}));
}

TEST_P(CommitContract, ValuesThatWereThereAreAddedTo) {
  world_->put_total("7", 100);
  world_->put_total("8", -1);
  prepare();
  const FileSequence file = enter("a", 1);
  ASSERT_TRUE(commit({.file = file}, {{7, 5}, {9, 1}}));
  expect_totals({{7, 105}, {8, -1}, {9, 1}});
  const auto books = *store().audit().books();
  EXPECT_EQ(books.base.amount, 99);
  EXPECT_EQ(books.batches.amount, 6);
  EXPECT_EQ(books.totals.amount, 105);
  EXPECT_EQ(books.consumers, 3u);
  EXPECT_EQ(books.files, 1u);
}

TEST_P(CommitContract, SumsMayBeNegative) {
  prepare();
  const FileSequence file = enter("a", 2);
  ASSERT_TRUE(commit({.file = file}, {{1, INT64_MIN}, {2, 5}}));
  ASSERT_TRUE(commit({.file = file, .number = 1}, {{1, INT64_MAX}, {2, -9}}));
  expect_totals({{1, -1}, {2, -4}});
}

struct TooLarge {
  Int128 stored;
  Int128 added;
};

// fault 115
TEST_P(CommitContract, ATotalThatDoesNotFitNamesItsConsumerAndAddsNothing) {
  world_->put_total("500", INT64_MAX - 5);
  world_->put_total("600", INT64_MIN + 5);
  prepare();
  const FileSequence file = enter("a", 3);
  ASSERT_TRUE(commit({.file = file}, {{500, 5}, {600, -5}}));  // to the very edge
  const std::vector<std::pair<std::uint64_t, TooLarge>> cases = {
      {500, {INT64_MAX, 1}},
      {500, {INT64_MAX, Int128{INT64_MAX} + 1}},
      {600, {INT64_MIN, -1}},
      {600, {INT64_MIN, Int128{INT64_MIN} - 1}},
      {700, {0, Int128{1} << 100}}};
  for (const auto& [consumer, amounts] : cases) {
    Amounts partial = {{consumer, amounts.added}};
    for (std::uint64_t other = 1; other <= 700; other += 5) {
      if (other != consumer) {
        partial.push_back({other, 1});
      }
    }
    const auto receipt = commit({.file = file, .number = 1}, partial);
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind, ErrorKind::invalid);
    const std::string& message = receipt.error().message;
    EXPECT_NE(message.find("consumer " + std::to_string(consumer) + ":"), std::string::npos)
        << message;
    EXPECT_NE(message.find(to_text(amounts.stored) + " stored"), std::string::npos) << message;
    EXPECT_NE(message.find(to_text(amounts.added) + " to add"), std::string::npos) << message;
    expect_totals({{500, INT64_MAX}, {600, INT64_MIN}});
    EXPECT_EQ(row_of("a").units_done, 1u);
  }
}

// fault 115
TEST_P(CommitContract, TheOneSumThatDoesNotFitIsFoundWhereverItStands) {
  world_->put_total("1000", INT64_MAX);
  prepare();
  const FileSequence file = enter("a", 1);
  constexpr std::uint64_t others = 520;  // more than two statements of rows
  for (std::uint64_t before = 0; before < others; before += 3) {
    Amounts partial = {{1000, 1}};
    for (std::uint64_t i = 0; i < others; ++i) {
      partial.push_back({i < before ? 1 + i : 2000 + i, 1});
    }
    const auto receipt = commit({.file = file}, partial);
    ASSERT_EQ(receipt.error().kind, ErrorKind::invalid);
    ASSERT_NE(receipt.error().message.find("consumer 1000:"), std::string::npos);
  }
  expect_totals({{1000, INT64_MAX}});
}

TEST_P(CommitContract, RejectsAreKeptAndGetTheirLineOnceAllBeforeThemIsCounted) {
  prepare();
  const FileSequence file = enter("a", 3);
  const auto unit = [&](int number, std::uint64_t good, std::vector<std::uint64_t> rejected) {
    UnitOutcome outcome{.id = {.file = file, .number = number}};
    outcome.counts = {.good = good, .rejected = rejected.size()};
    for (const std::uint64_t line : rejected) {
      outcome.rejects.push_back({.offset = 10 * static_cast<std::uint64_t>(number) + line,
                                 .line_in_unit = line,
                                 .reason = RejectReason::decimal,
                                 .text = "1 2.5"});
    }
    return OwnedBatch().add(outcome, {}).commit_to(store());
  };
  const auto lines = [&] {
    std::string found;
    const auto rows = *store().listings().rejects(file, 0, 100);
    for (const RejectRow& row : rows) {
      found += std::to_string(row.unit) + ":" + (row.line ? std::to_string(*row.line) : "?") + " ";
    }
    return found;
  };
  ASSERT_TRUE(unit(2, 4, {3}));
  EXPECT_EQ(lines(), "2:? ");
  ASSERT_TRUE(unit(0, 8, {1, 7}));
  EXPECT_EQ(lines(), "0:1 0:7 2:? ");
  ASSERT_TRUE(store().ledger().settle(file, FileState::quarantined, "for a while"));
  EXPECT_EQ(lines(), "0:1 0:7 2:? ");
  ASSERT_TRUE(store().ledger().settle(file, FileState::pending, ""));
  ASSERT_TRUE(unit(1, 6, {}));
  EXPECT_EQ(lines(), "0:1 0:7 2:19 ");  // 10 lines in unit 0, 6 in unit 1
  EXPECT_EQ(imbalance(store()), "");
  const RejectRow last = store().listings().rejects(file, 2, 1)->front();
  EXPECT_EQ(last.path, "/in/a");
  EXPECT_EQ(last.file, file);
  EXPECT_EQ(last.reject.offset, 23u);
  EXPECT_EQ(last.reject.line_in_unit, 3u);
  EXPECT_EQ(last.reject.reason, RejectReason::decimal);
  EXPECT_EQ(last.reject.text, "1 2.5");
}

TEST_P(CommitContract, RejectsAreListedPageByPageAcrossFiles) {
  prepare();
  const std::vector<FileSequence> files = {enter("a", 1), enter("b", 1)};
  for (const FileSequence file : {files[1], files[0]}) {
    UnitOutcome outcome{.id = {.file = file}};
    for (std::uint64_t line = 1; line <= 3; ++line) {
      outcome.rejects.push_back({.line_in_unit = line, .text = "it's; --"});
      ++outcome.counts.rejected;
    }
    ASSERT_TRUE(OwnedBatch().add(outcome, {}).commit_to(store()));
  }
  const auto page = [&](FileSequence file, std::uint64_t skip, std::uint64_t rows_max) {
    std::string found;
    const auto rows = *store().listings().rejects(file, skip, rows_max);
    for (const RejectRow& row : rows) {
      found += row.path.substr(4) + std::to_string(*row.line);
    }
    return found;
  };
  EXPECT_EQ(page(0, 0, 100), "a1a2a3b1b2b3");
  EXPECT_EQ(page(0, 2, 3), "a3b1b2");
  EXPECT_EQ(page(files[1], 1, 1), "b2");
  EXPECT_EQ(page(files[1], 3, 1), "");
  EXPECT_EQ(page(files[1] + 1, 0, 1), "");
}

// fault 35 (reported)
TEST_P(CommitContract, ACopyUnderAnotherNameIsReported) {
  prepare();
  const auto finish = [&](const std::string& name, UInt128 digest, int units = 1) {
    const FileSequence file = enter(name, units);
    UnitOutcome outcome{.id = {.file = file}};
    outcome.digest = digest;
    return OwnedBatch().add(outcome, {}).commit_to(store());
  };
  EXPECT_EQ(finish("a", 1234)->finished[0].duplicate_of, "");
  EXPECT_EQ(finish("b", 1235)->finished[0].duplicate_of, "");
  EXPECT_EQ(finish("c", 1234)->finished[0].duplicate_of, "/in/a");
  EXPECT_EQ(finish("d", 1234)->finished[0].duplicate_of, "/in/a");
  EXPECT_TRUE(finish("long", 1234, 2)->finished.empty());  // another size, and not finished
  store_ = &world_->open("other");
  ASSERT_TRUE(store().schema().prepare());
  EXPECT_EQ(finish("e", 1234)->finished[0].duplicate_of, "");  // of another flow
}

TEST_P(CommitContract, TextKeysAreDistinctByteByByte) {
  key_ = KeyKind::text;
  world_ = GetParam().make(KeyKind::text);
  prepare();
  const FileSequence file = enter("a", 2);
  const TextAmounts amounts = {{"A", 1}, {"a", 2},         {"a\t", 3}, {"aa", 4}, {"ä", 5},
                               {"a", 0}, {"a\xcc\x88", 6}, {"007", 7}, {"7", 8}};
  ASSERT_TRUE(commit({.file = file}, amounts));
  ASSERT_TRUE(commit({.file = file, .number = 1}, amounts));
  Sums twice;
  for (const auto& [key, sum] : sums_of(amounts)) {
    twice[key] = 2 * sum;
  }
  EXPECT_EQ(*totals_of(store()), twice);
  EXPECT_EQ(imbalance(store()), "");
  const std::vector<std::string> keys = {"a\t", "a ", "007", "Ä"};
  const auto totals = *store().totals().get(keys);
  EXPECT_EQ(totals[0]->amount, 6);
  EXPECT_FALSE(totals[1]);
  EXPECT_EQ(totals[2]->amount, 14);
  EXPECT_FALSE(totals[3]);
  EXPECT_EQ(store().totals().top(1)->front().consumer, "7");
}

// fault 137
TEST_P(CommitContract, TextKeysAreNeverStatements) {
  key_ = KeyKind::text;
  world_ = GetParam().make(KeyKind::text);
  world_->put_total("base", 1);
  prepare();
  const FileSequence file = enter("a", 1);
  const TextAmounts amounts = {{"x'),('y',9);--", 1}, {"\"", 2}, {std::string(1024, '%'), 3}};
  ASSERT_TRUE(commit({.file = file}, amounts));
  Sums all = sums_of(amounts);
  all[{.id = 0, .text = "base"}] = 1;
  EXPECT_EQ(*totals_of(store()), all);
  EXPECT_EQ(imbalance(store()), "");
}

TEST_P(CommitContract, ManyCommitsLeaveTheBooksBalanced) {
  prepare();
  constexpr int commits = 1100;  // past the point where old batches are folded
  const FileSequence file = enter("a", commits);
  Int128 due = 0;
  for (int i = 0; i < commits; ++i) {
    ASSERT_TRUE(commit({.file = file, .number = i}, Amounts{{static_cast<unsigned>(i % 3), i}}));
    due += i;
  }
  EXPECT_EQ(imbalance(store()), "");
  EXPECT_EQ(store().audit().books()->batches.amount, due);
}

TEST_P(CommitContract, TheBooksShowAForeignWrite) {
  prepare();
  const FileSequence file = enter("a", 1);
  ASSERT_TRUE(commit({.file = file}, {{1, 5}, {2, 6}}));
  const auto balances = [&] {
    const Books books = *store().audit().books();
    ControlSum due = books.base;
    due += books.batches;
    return std::pair(due.amount == books.totals.amount, due.keyed == books.totals.keyed);
  };
  EXPECT_EQ(balances(), std::pair(true, true));
  world_->tamper("1", 4);
  EXPECT_EQ(balances(), std::pair(false, false));
  world_->tamper("2", 7);  // the sum is right again, on the wrong consumers
  EXPECT_EQ(balances(), std::pair(true, false));
  world_->tamper("1", 5);
  world_->tamper("2", 6);
  EXPECT_EQ(balances(), std::pair(true, true));
}

}  // namespace
}  // namespace weir::testing
