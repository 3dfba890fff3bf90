// SPDX-License-Identifier: Apache-2.0
#include "flow/dispatch.h"

#include <gtest/gtest.h>

#include "io/memory.h"

namespace weir {
namespace {

class DispatchTest : public ::testing::Test {
 protected:
  Dispatch make(std::uint64_t batch_keys = 1'000'000) {
    return Dispatch(machine_, {.units_queued_max = 4,
                               .fold = {.memory_bytes = 1 << 20, .spill_folder = "/spill"},
                               .batch_keys = batch_keys});
  }

  static OfferedUnit unit(std::int32_t number) { return {.id = {.file = 1, .number = number}}; }

  static void add_keys(const Assignment& assignment, std::uint64_t first_key, std::uint64_t keys) {
    for (std::uint64_t key = first_key; key < first_key + keys; ++key) {
      const Usage usage{key, 1};
      assignment.batch->fold->lane(0).add({&usage, 1});
    }
  }

  // Takes one unit, adds keys for it, and finishes it.
  static void work(Dispatch& dispatch, std::uint64_t first_key, std::uint64_t keys,
                   Dispatch::Ending ending = Dispatch::Ending::good) {
    const auto assignment = dispatch.take();
    ASSERT_TRUE(assignment.has_value());
    add_keys(*assignment, first_key, keys);
    dispatch.finish(*assignment, ending, {.id = assignment->unit.id});
  }

  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(system_clock());
  Machine machine_{system_clock(), *random_, *tasks_, *files_};
};

TEST_F(DispatchTest, UnitsOfferedTogetherAreCommittedTogether) {
  Dispatch dispatch = make();
  dispatch.offer(unit(0));
  dispatch.offer(unit(1));
  dispatch.no_more();
  work(dispatch, 0, 1);
  work(dispatch, 5, 1);
  auto batch = dispatch.take_closed();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->units.size(), 2U);
  EXPECT_FALSE(batch->spoilt);
  dispatch.settled(std::move(batch));
  EXPECT_FALSE(dispatch.take().has_value());
  EXPECT_FALSE(dispatch.take_closed());
}

TEST_F(DispatchTest, ABatchClosesWhenItHasEnoughKeys) {
  Dispatch dispatch = make(3);
  for (int number = 0; number < 3; ++number) {
    dispatch.offer(unit(number));
  }
  work(dispatch, 0, 2);
  work(dispatch, 2, 2);
  auto batch = dispatch.take_closed();
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->units.size(), 2U);
  dispatch.settled(std::move(batch));
}

TEST_F(DispatchTest, ABatchStaysOpenWhenItSpillsAndWhatItSpilledCounts) {
  Dispatch dispatch(machine_, {.units_queued_max = 4,
                               .fold = {.entries_max = 100, .spill_folder = "/spill"},
                               .batch_keys = 1000});
  for (int number = 0; number < 3; ++number) {
    dispatch.offer(unit(number));
  }
  work(dispatch, 0, 300);
  const auto second = dispatch.take();
  ASSERT_EQ(second->batch->units.size(), 1U);  // of the same batch
  EXPECT_GT(second->batch->fold->bytes_spilled(), 0U);
  add_keys(*second, 1'000'000, 10'000);
  dispatch.finish(*second, Dispatch::Ending::good, {.id = second->unit.id});
  const auto next = dispatch.take();  // of a new batch, though the old one holds few in memory
  EXPECT_EQ(next->batch->units.size(), 0U);
  dispatch.finish(*next, Dispatch::Ending::untouched, {});
  auto batch = dispatch.take_closed();
  EXPECT_EQ(batch->units.size(), 2U);
  EXPECT_LT(batch->fold->keys(), 1000U);
  dispatch.settled(std::move(batch));
}

TEST_F(DispatchTest, WhereHistoryAsksForItABatchIsOfOneFile) {
  Dispatch dispatch(machine_, {.units_queued_max = 4,
                               .fold = {.memory_bytes = 1 << 20, .spill_folder = "/spill"},
                               .one_file_per_batch = true});
  for (const UnitId& id : {UnitId{.file = 1}, UnitId{.file = 1, .number = 1}, UnitId{.file = 2}}) {
    dispatch.offer({.id = id});
  }
  dispatch.no_more();
  for (const std::size_t units : {2U, 1U}) {
    for (std::size_t i = 0; i < units; ++i) {
      work(dispatch, 0, 1);
    }
    auto batch = dispatch.take_closed();
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->units.size(), units);
    dispatch.settled(std::move(batch));
  }
  EXPECT_FALSE(dispatch.take_closed());
}

TEST_F(DispatchTest, TheNextBatchIsFoldedWhileOneIsCommitted) {
  Dispatch dispatch = make(1);
  dispatch.offer(unit(0));
  dispatch.offer(unit(1));
  work(dispatch, 0, 1);
  auto first = dispatch.take_closed();
  work(dispatch, 1, 1);
  auto second = dispatch.take_closed();
  ASSERT_TRUE(first && second);
  dispatch.settled(std::move(first));
  dispatch.settled(std::move(second));
}

TEST_F(DispatchTest, AFailedBatchIsOfferedAgainInSmallerOnes) {
  Dispatch dispatch = make();
  for (int number = 0; number < 4; ++number) {
    dispatch.offer(unit(number));
  }
  dispatch.no_more();
  for (int number = 0; number < 4; ++number) {
    work(dispatch, 0, 1);
  }
  auto batch = dispatch.take_closed();
  ASSERT_EQ(batch->units.size(), 4U);
  auto units = batch->units;
  dispatch.again(std::move(batch), std::move(units));
  work(dispatch, 0, 1);
  work(dispatch, 0, 1);
  batch = dispatch.take_closed();
  ASSERT_EQ(batch->units.size(), 2U);
  dispatch.settled(std::move(batch));
}

TEST_F(DispatchTest, ASpoiltUnitSpoilsItsBatchAndAnUntouchedOneDoesNot) {
  Dispatch dispatch = make();
  dispatch.offer(unit(0));
  dispatch.offer(unit(1));
  work(dispatch, 0, 1, Dispatch::Ending::untouched);
  work(dispatch, 0, 1, Dispatch::Ending::spoilt);
  auto batch = dispatch.take_closed();
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->spoilt);
  EXPECT_TRUE(batch->units.empty());
  dispatch.settled(std::move(batch));
}

TEST_F(DispatchTest, WhatIsCalledOffEndsEverybody) {
  Dispatch dispatch = make();
  dispatch.offer(unit(0));
  dispatch.call_off();
  EXPECT_FALSE(dispatch.offer(unit(1)));
  EXPECT_FALSE(dispatch.take().has_value());
  EXPECT_FALSE(dispatch.take_closed());
}

}  // namespace
}  // namespace weir
