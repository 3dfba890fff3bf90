// SPDX-License-Identifier: Apache-2.0
// What is the memory store's own; its contract is in tests/conformance/store_test.cc.
#include "store/memory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/manual_clock.h"
#include "support/store_cases.h"

namespace weir::testing {
namespace {

TEST(MemoryStore, TheDatabaseOutlivesTheHandlesOnIt) {
  ManualClock clock;
  const auto tasks = thread_tasks();
  const auto database = memory_database(KeyKind::integer);
  const FileEntry entry = entry_of("a", 1);
  FileSequence file = 0;
  {
    const auto store = open_memory_store(database, clock, *tasks, "usage");
    ASSERT_TRUE(store->schema().prepare());
    file = store->ledger().enter({&entry, 1})->front().sequence;
  }
  const auto store = open_memory_store(database, clock, *tasks, "usage");
  EXPECT_EQ(store->ledger().find({&entry.identity, 1})->front()->sequence, file);
}

// fault 145 (with the thread sanitizer)
TEST(MemoryStore, OfManyThreadsThatCommitOneUnitOneSucceeds) {
  constexpr int units = 50;
  ManualClock clock;
  const auto tasks = thread_tasks();
  const auto database = memory_database(KeyKind::integer);
  const auto store = open_memory_store(database, clock, *tasks, "usage");
  ASSERT_TRUE(store->schema().prepare());
  const FileEntry entry = entry_of("a", units);
  const FileSequence file = store->ledger().enter({&entry, 1})->front().sequence;
  std::atomic<int> committed = 0;
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto own = open_memory_store(database, clock, *tasks, "usage");
      for (int unit = 0; unit < units; ++unit) {
        OwnedBatch batch;
        batch.add({.file = file, .number = unit}, Amounts{{1, 1}});
        ++(batch.commit_to(*own) ? committed : refused);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(committed, units);
  EXPECT_EQ(refused, 3 * units);
  EXPECT_EQ(*totals_of(*store), sums_of(Amounts{{1, units}}));
  EXPECT_EQ(imbalance(*store), "");
}

}  // namespace
}  // namespace weir::testing
