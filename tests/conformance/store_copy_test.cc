// SPDX-License-Identifier: Apache-2.0
// A copy between any two stores tells all that the original tells, and goes on as that does.
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/faulty.h"
#include "store/sqlite.h"
#include "support/correction_job.h"
#include "support/store_content.h"
#include "support/store_worlds.h"
#include "support/temporary_folder.h"

namespace weir::testing {
namespace {

using Keep = StoreWorld::Keep;

struct Pair {
  NamedStoreWorld from;
  NamedStoreWorld into;
};

void PrintTo(const Pair& pair, std::ostream* out) {
  *out << pair.from.name << " into " << pair.into.name;
}

std::vector<Pair> pairs() {
  std::vector<Pair> all;
  for (const NamedStoreWorld& from : store_worlds()) {
    for (const NamedStoreWorld& into : store_worlds()) {
      if (from.name != "faulty" && into.name != "faulty") {  // the same as memory
        all.push_back({from, into});
      }
    }
  }
  return all;
}

Result<CopyReceipt> copy_all(Store& from, Store& into) {
  return into.copy().receive(
      [&](const TableCopy::Visit& visit) { return from.copy().send(visit); });
}

std::string kind_of(const Result<CopyReceipt>& receipt) {
  if (receipt) {
    return "done";
  }
  return receipt.error().kind == ErrorKind::invalid ? "invalid" : receipt.error().message;
}

Reject reject(std::uint64_t line) {
  return {.offset = line * 7, .line_in_unit = line, .text = "a 'b\\x00' \xc3\xa4"};
}

// Files in every state; one that is half counted, and has rejects whose lines are not known yet.
void count_some(Store& store, KeyKind key) {
  const auto sums = [key](int number) {
    return key == KeyKind::integer
               ? weir::testing::sums_of(Amounts{{7, number}, {INT64_MAX, -3 * number}})
               : weir::testing::sums_of(TextAmounts{{"caf\xc3\xa9 '", number}, {"B", -3}});
  };
  std::vector<FileEntry> entries = {entry_of("open", 3), entry_of("whole", 2),
                                    entry_of("dropped", 1), entry_of("aside \xff", 2)};
  entries[3].token = {.size = 20, .inode = ~0ULL, .modified = -1, .tag = std::string("e\0t", 3)};
  const auto rows = store.ledger().enter(entries);
  ASSERT_TRUE(rows) << rows.error().message;
  const auto id = [&](std::size_t at, int number) {
    return UnitId{.file = (*rows)[at].sequence, .number = number};
  };
  const auto commit = [&](const UnitId& unit, int number) {
    UnitOutcome outcome = outcome_of(unit, sums(number));
    outcome.rejects = {reject(2), reject(5)};
    outcome.counts.rejected = 2;
    const auto receipt = OwnedBatch(key).add(std::move(outcome), sums(number)).commit_to(store);
    ASSERT_TRUE(receipt) << receipt.error().message;
  };
  commit(id(0, 1), 11);
  commit(id(1, 0), 12);
  commit(id(1, 1), 13);
  commit(id(3, 0), 14);
  ASSERT_TRUE(store.ledger().settle(id(2, 0).file, FileState::dropped, "not \"ours\""));
  ASSERT_TRUE(store.ledger().settle(id(3, 0).file, FileState::quarantined, "looks wrong"));
}

class CopyContract : public ::testing::TestWithParam<Pair> {
 protected:
  Store& source(Keep keep = Keep::history, KeyKind key = KeyKind::integer) {
    from_ = GetParam().from.make(key);
    from_->clock().set(1'777'852'800'000'000'000);
    Store& store = from_->open("usage", keep);
    EXPECT_TRUE(store.schema().prepare());
    return store;
  }
  Store& target(Keep keep = Keep::history, KeyKind key = KeyKind::integer) {
    into_ = GetParam().into.make(key);
    into_->clock().set(1'777'852'800'000'000'000);
    return into_->open("usage", keep);
  }

  std::unique_ptr<StoreWorld> from_;
  std::unique_ptr<StoreWorld> into_;
};

INSTANTIATE_TEST_SUITE_P(Stores, CopyContract, ::testing::ValuesIn(pairs()), [](const auto& about) {
  return about.param.from.name + "_into_" + about.param.into.name;
});

TEST_P(CopyContract, AtAnyStepOfAJobTheCopyTellsTheSameAndGoesOnTheSame) {
  const auto is_server = [](const NamedStoreWorld& world) {
    return world.name == "postgresql" || world.name == "mariadb";
  };
  const bool server = is_server(GetParam().from) || is_server(GetParam().into);
  const int stride = server ? 3 : 1;  // a server takes its time, and the steps are the same
  for (int left = static_cast<int>(CorrectionJob::steps().size()); left > 0; left -= stride) {
    const auto step = static_cast<std::size_t>(left);
    Store& from = source();
    Store& into = target();
    for (std::size_t i = 0; i < step; ++i) {
      ASSERT_TRUE(CorrectionJob::steps()[i](from));
    }
    const auto receipt = copy_all(from, into);
    ASSERT_TRUE(receipt) << step << ": " << receipt.error().message;
    EXPECT_FALSE(receipt->was_there);
    EXPECT_EQ(content_of(into), content_of(from)) << step;
    std::size_t told = 0;
    ASSERT_TRUE(CorrectionJob::run(from, step, told));
    ASSERT_TRUE(CorrectionJob::run(into, step, told));
    EXPECT_EQ(content_of(into), content_of(from)) << "from step " << step << " on";
    EXPECT_EQ(imbalance(into), "");
  }
}

TEST_P(CopyContract, FilesInEveryStateAndTheirRejectsAreCopiedByteByByte) {
  for (const KeyKind key : {KeyKind::integer, KeyKind::text}) {
    Store& from = source(Keep::totals, key);
    count_some(from, key);
    Store& into = target(Keep::totals, key);
    const auto receipt = copy_all(from, into);
    ASSERT_TRUE(receipt) << receipt.error().message;
    EXPECT_EQ(content_of(into), content_of(from));
    const FileEntry fresh = entry_of("new", 1);
    const auto more = into.ledger().enter({&fresh, 1});
    ASSERT_TRUE(more);
    EXPECT_EQ(more->front().sequence, 5);
    const FileEntry known = entry_of("whole", 2);  // is not counted again
    const auto rows = into.ledger().enter({&known, 1});
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->front().state, FileState::done);
  }
}

TEST_P(CopyContract, WhatTheTableHeldBeforeWeirIsItsBaseThereToo) {
  from_ = GetParam().from.make(KeyKind::integer);
  from_->put_total("7", 1000);
  Store& from = from_->open("usage");
  ASSERT_TRUE(from.schema().prepare());
  count_some(from, KeyKind::integer);
  Store& into = target(Keep::totals);
  ASSERT_TRUE(copy_all(from, into));
  EXPECT_EQ(content_of(into), content_of(from));
  EXPECT_EQ(into.audit().books()->base.amount, 1000);
}

// A number that a forgotten file had is not given to another.
TEST_P(CopyContract, NumbersOfFilesAreNeverUsedAgain) {
  Store& from = source();
  std::size_t told = 0;
  ASSERT_TRUE(CorrectionJob::run(from, 0, told));  // ends with forgetting the last files
  Store& into = target();
  ASSERT_TRUE(copy_all(from, into));
  const FileEntry entry = entry_of("new", 1);
  EXPECT_EQ(into.ledger().enter({&entry, 1})->front().sequence,
            from.ledger().enter({&entry, 1})->front().sequence);
}

TEST_P(CopyContract, ACopyThatBreaksOffAnywhereLeavesNothingAndIsRepeated) {
  Store& from = source();
  std::size_t told = 0;
  ASSERT_TRUE(CorrectionJob::run(from, 0, told));
  count_some(from, KeyKind::integer);
  Store& into = target();
  bool whole = false;
  for (int calls = 0; !whole; ++calls) {
    for (const bool takes_effect : {false, true}) {
      int left = calls;
      const auto receipt = into.copy().receive([&](const TableCopy::Visit& visit) {
        return from.copy().send([&](const CopyPage& page) -> Result<void> {
          const bool last = left-- == 0;
          if (!last || takes_effect) {
            TRY(visit(page));
          }
          return last ? Result<void>(Error{ErrorKind::unavailable, "cut"}) : Result<void>();
        });
      });
      whole = bool(receipt);
      EXPECT_TRUE(whole || receipt.error().message == "cut") << receipt.error().message;
      if (whole) {
        EXPECT_FALSE(receipt->was_there);
        break;
      }
      const auto version = into.schema().version();
      ASSERT_TRUE(version);
      EXPECT_TRUE(*version == 0 || files_of(into).empty());
    }
  }
  EXPECT_EQ(content_of(into), content_of(from));
}

TEST_P(CopyContract, WhoDidNotHearOfTheEndAsksAgain) {
  Store& from = source();
  count_some(from, KeyKind::integer);
  Store& into = target();
  ASSERT_TRUE(copy_all(from, into));
  const std::string content = content_of(into);
  const auto again = copy_all(from, into);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->was_there);
  EXPECT_EQ(content_of(into), content);
}

TEST_P(CopyContract, WhatHasChangedSinceIsNotCopiedOver) {
  Store& from = source();
  count_some(from, KeyKind::integer);
  Store& into = target();
  ASSERT_TRUE(copy_all(from, into));
  const FileRow open = into.listings().files({})->front();
  const UnitId unit{.file = open.sequence, .number = 0};
  ASSERT_TRUE(OwnedBatch().add(unit, Amounts{{1, 1}}).commit_to(into));
  const std::string content = content_of(into);
  EXPECT_EQ(kind_of(copy_all(from, into)), "invalid");
  EXPECT_EQ(content_of(into), content);
}

TEST_P(CopyContract, ATableThatIsInUseIsLeftAlone) {
  Store& from = source();
  count_some(from, KeyKind::integer);
  Store& into = target();
  ASSERT_TRUE(into.schema().prepare());
  count_some(into, KeyKind::integer);
  const std::string content = content_of(into);
  EXPECT_EQ(kind_of(copy_all(from, into)), "invalid");
  EXPECT_EQ(content_of(into), content);
}

TEST_P(CopyContract, TotalsThatOthersWroteAreLeftAlone) {
  Store& from = source();
  count_some(from, KeyKind::integer);
  into_ = GetParam().into.make(KeyKind::integer);
  into_->put_total("7", 1);
  Store& into = into_->open("usage");
  EXPECT_EQ(kind_of(copy_all(from, into)), "invalid");
  const auto version = into.schema().version();
  EXPECT_EQ(*version, 0);
}

TEST_P(CopyContract, AnAmountThatDoesNotFitIsRefusedByName) {
  Store& from = source(Keep::history);
  if (from_->amount_max() <= INT64_MAX) {
    return;  // it cannot hold one
  }
  const FileEntry entry = entry_of("wide", 1);
  const auto rows = from.ledger().enter({&entry, 1});
  const UnitId unit{.file = rows->front().sequence};
  const Int128 wide = Int128{INT64_MAX} * 1000;
  ASSERT_TRUE(OwnedBatch().add(unit, Amounts{{42, wide}}).commit_to(from));
  Store& into = target(Keep::history);
  const auto receipt = copy_all(from, into);
  ASSERT_EQ(bool(receipt), into_->amount_max() > INT64_MAX);
  if (!receipt) {
    EXPECT_EQ(receipt.error().kind, ErrorKind::invalid);
    EXPECT_NE(receipt.error().message.find("42"), std::string::npos) << receipt.error().message;
    const auto files = into.listings().files({});
    EXPECT_TRUE(!files || files->empty());  // it need not even be prepared
  }
}

TEST(CopyBetweenStores, BesideAnotherTableNumbersRiseByThoseThatWereGiven) {
  ManualClock clock;
  const TemporaryFolder folder;
  const auto open = [&](const std::string& name, const std::string& table) {
    auto opened = open_sqlite_store(clock, {.path = folder / name,
                                            .flow = table,
                                            .settings = {.table = table, .keep = Keep::history}});
    CHECK(opened && (*opened)->schema().prepare());
    return *std::move(opened);
  };
  {
    const auto other = open("b.db", "other");
    count_some(*other, KeyKind::integer);
  }
  const auto from = open("a.db", "usage");
  std::size_t told = 0;
  ASSERT_TRUE(CorrectionJob::run(*from, 0, told));
  count_some(*from, KeyKind::integer);
  const auto into = open("b.db", "usage");
  const auto receipt = copy_all(*from, *into);
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(imbalance(*into), "");
  const auto files = *from->listings().files({});
  const auto copied = *into->listings().files({});
  ASSERT_EQ(files.size(), copied.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(copied[i].sequence, files[i].sequence + 4);
    EXPECT_EQ(copied[i].path, files[i].path);
  }
  ASSERT_TRUE(into->corrections().revoke(copied.back().sequence - 2, "wrong"));
  EXPECT_EQ(imbalance(*into), "");
}

TEST(CopyBetweenStores, ADatabaseIsNotCopiedOntoItself) {
  ManualClock clock;
  const TemporaryFolder folder;
  auto store = open_sqlite_store(clock, {.path = folder / "a.db"});
  ASSERT_TRUE(store && (*store)->schema().prepare());
  CopiedTable table;
  table.incarnation = *(*store)->schema().incarnation();
  const auto receipt =
      (*store)->copy().receive([&](const TableCopy::Visit& visit) { return visit(table); });
  EXPECT_EQ(kind_of(receipt), "invalid");
}

TEST(CopyBetweenStores, ACopyThatIsNotWhatWasSentIsNotKept) {
  for (const NamedStoreWorld& named : store_worlds()) {
    const auto world = named.make(KeyKind::integer);
    Store& store = world->open("usage");
    CopiedTable table{.incarnation = "elsewhere"};
    table.books.consumers = 2;
    const auto receipt = store.copy().receive([&](const TableCopy::Visit& visit) -> Result<void> {
      TRY(visit(table));
      return visit(std::vector<CopiedTotal>{{.id = 7, .text = {}, .amount = 0}});
    });
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind, ErrorKind::corrupt);
    const auto version = store.schema().version();
    EXPECT_TRUE(*version == 0 || totals_of(store)->empty()) << named.name;
  }
}

}  // namespace
}  // namespace weir::testing
