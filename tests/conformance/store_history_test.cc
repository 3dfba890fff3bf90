// SPDX-License-Identifier: Apache-2.0
// Random histories of a store, against a model of a few obvious lines: a unit is counted once,
// totals are the sums of the counted units, and the books balance after every step.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "support/store_cases.h"
#include "support/store_worlds.h"

namespace weir::testing {
namespace {

struct ModelFile {
  std::string name;
  FileState state = FileState::pending;
  std::int32_t epoch = 0;
  int units = 0;
  std::set<int> done;
};

class History {
 public:
  explicit History(Store& store) : store_(store) { RC_ASSERT(store.schema().prepare()); }

  void step() {
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        enter();
        break;
      case 1:
        replan();
        break;
      case 2:
        settle();
        break;
      default:
        commit();
    }
    RC_ASSERT(imbalance(store_) == "");
    RC_ASSERT(*totals_of(store_) == totals_);
  }

 private:
  static int number(int below) { return *rc::gen::inRange(0, below); }

  void enter() {
    const std::string name(1, static_cast<char>('a' + number(4)));
    const int units = number(4);
    const FileEntry entry = entry_of(name, units);
    const auto rows = store_.ledger().enter({&entry, 1});
    RC_ASSERT(bool(rows));
    const auto [at, fresh] = files_.try_emplace(rows->front().sequence);
    if (fresh) {
      const FileState state = units == 0 ? FileState::done : FileState::pending;
      at->second = {.name = name, .state = state, .units = units};
    }
    check(at->first);
  }

  void replan() {
    if (files_.empty()) {
      return;
    }
    auto& [sequence, file] = pick();
    FileEntry entry = entry_of(file.name, number(4));
    entry.token.modified = number(2);
    const auto row = store_.ledger().replan(sequence, entry);
    if (row && row->epoch != file.epoch) {
      RC_ASSERT(file.done.empty());
      file.state = entry.units.empty() ? FileState::done : FileState::pending;
      file.units = static_cast<int>(entry.units.size());
      file.epoch = row->epoch;
    } else if (!row) {
      RC_ASSERT(!file.done.empty());
      RC_ASSERT(row.error().kind == ErrorKind::conflict);
    }
    check(sequence);
  }

  void settle() {
    if (files_.empty()) {
      return;
    }
    auto& [sequence, file] = pick();
    const FileState state =
        *rc::gen::element(FileState::pending, FileState::quarantined, FileState::dropped);
    RC_ASSERT(bool(store_.ledger().settle(sequence, state, "because")));
    const bool all = static_cast<int>(file.done.size()) == file.units;
    file.state = state == FileState::pending && all ? FileState::done : state;
    check(sequence);
  }

  // Units of any files, some of them done, set aside or planned otherwise.
  void commit() {
    std::map<UnitId, Sums> units;
    const int wanted = 1 + number(4);
    for (int i = 0; i < wanted && !files_.empty(); ++i) {
      const auto& [sequence, file] = pick();
      const UnitId id{
          .file = sequence, .epoch = number(8) == 0 ? number(3) : file.epoch, .number = number(4)};
      units[id] = sums_of(Amounts{{static_cast<unsigned>(number(5)), number(2000) - 1000},
                                  {static_cast<unsigned>(number(5)), number(2000)}});
    }
    if (units.empty()) {
      return;
    }
    OwnedBatch batch;
    bool welcome = true;
    for (const auto& [id, sums] : units) {
      batch.add(id, sums);
      const ModelFile& file = files_.at(id.file);
      welcome = welcome && file.state == FileState::pending && file.epoch == id.epoch &&
                id.number < file.units && !file.done.contains(id.number);
    }
    const auto receipt = batch.commit_to(store_);
    RC_ASSERT(bool(receipt) == welcome);
    RC_ASSERT(welcome || receipt.error().kind == ErrorKind::conflict);
    if (welcome) {
      count(units, *receipt);
    }
  }

  void count(const std::map<UnitId, Sums>& units, const Receipt& receipt) {
    std::set<FileSequence> finished;
    for (const auto& [id, sums] : units) {
      ModelFile& file = files_.at(id.file);
      file.done.insert(id.number);
      for (const auto& [key, sum] : sums) {
        totals_[key] += sum;
      }
      if (static_cast<int>(file.done.size()) == file.units) {
        file.state = FileState::done;
        finished.insert(id.file);
      }
    }
    for (const auto& [id, sums] : units) {
      check(id.file);
    }
    std::set<FileSequence> told;
    for (const FinishedFile& file : receipt.finished) {
      told.insert(file.file);
    }
    RC_ASSERT(told == finished);
  }

  void check(FileSequence sequence) {
    const ModelFile& file = files_.at(sequence);
    const FileIdentity identity = "path:/in/" + file.name;
    const auto rows = store_.ledger().find({&identity, 1});
    RC_ASSERT(rows && rows->front());
    const FileRow& row = *rows->front();
    RC_ASSERT(row.sequence == sequence);
    RC_ASSERT(name(row.state) == name(file.state));
    RC_ASSERT(row.epoch == file.epoch);
    RC_ASSERT(row.units == static_cast<std::uint32_t>(file.units));
    RC_ASSERT(row.units_done == file.done.size());
    const auto units = store_.ledger().units(sequence);
    const bool folded = static_cast<int>(file.done.size()) == file.units;
    RC_ASSERT(units->size() == (folded ? 0 : static_cast<std::size_t>(file.units)));
    for (const UnitRow& unit : *units) {
      RC_ASSERT((unit.state == UnitState::done) == file.done.contains(unit.id.number));
    }
  }

  std::pair<const FileSequence, ModelFile>& pick() {
    return *std::next(files_.begin(), number(static_cast<int>(files_.size())));
  }

  Store& store_;
  std::map<FileSequence, ModelFile> files_;
  Sums totals_;
};

class StoreHistory : public ::testing::TestWithParam<NamedStoreWorld> {};

INSTANTIATE_TEST_SUITE_P(Stores, StoreHistory, ::testing::ValuesIn(store_worlds()),
                         [](const auto& about) { return about.param.name; });

TEST_P(StoreHistory, AnyHistoryCountsEachUnitOnceAndBalances) {
  int round = 0;
  EXPECT_TRUE(rc::check([&] {
    if (is_spared(GetParam(), round++)) {
      return;
    }
    const auto world = GetParam().make(KeyKind::integer);
    History history(world->open("usage"));
    const int steps = *rc::gen::inRange(1, 60);
    for (int i = 0; i < steps; ++i) {
      history.step();
    }
  }));
}

// fault 145 (with the thread sanitizer)
TEST_P(StoreHistory, AnyThreadMayCallAndEachUnitCountsOnce) {
  constexpr int units = 20;
  const auto world = GetParam().make(KeyKind::integer);
  Store& store = world->open("usage");
  ASSERT_TRUE(store.schema().prepare());
  std::atomic<int> committed = 0;
  std::atomic<int> unexpected = 0;
  const auto work = [&](int number) {
    const FileEntry entry = entry_of(std::string(1, static_cast<char>('a' + number / 2)), units);
    const auto rows = store.ledger().enter({&entry, 1});
    for (int unit = 0; unit < units && rows; ++unit) {
      OwnedBatch batch;
      batch.add({.file = rows->front().sequence, .number = unit}, Amounts{{7, 1}});
      const auto receipt = batch.commit_to(store);
      committed += receipt ? 1 : 0;
      unexpected += !receipt && receipt.error().kind != ErrorKind::conflict ? 1 : 0;
      unexpected += unit % 5 == 0 && imbalance(store) != "" ? 1 : 0;
      unexpected += !store.listings().files({}) || !store.ledger().units(1) ? 1 : 0;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {  // two to a file
    threads.emplace_back(work, i);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(unexpected, 0);
  EXPECT_EQ(committed, 2 * units);
  EXPECT_EQ(*totals_of(store), sums_of(Amounts{{7, 2 * units}}));
  EXPECT_EQ(imbalance(store), "");
}

}  // namespace
}  // namespace weir::testing
