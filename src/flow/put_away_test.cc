// SPDX-License-Identifier: Apache-2.0
#include "flow/put_away.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "io/faulty.h"
#include "io/memory.h"

namespace weir {
namespace {

class PutAwayTest : public ::testing::Test {
 protected:
  PutAwayTest() {
    files_->put("/in/a", "some bytes");
    files_->put("/old/.keep", "");
  }
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(system_clock());
  Stop stop_;
};

TEST_F(PutAwayTest, ACopyIsMadeBelowFoldersThatAreMissing) {
  ASSERT_TRUE(copy_file(*files_, {.from = "/in/a", .to = "/old/2026/11/a"}, stop_));
  EXPECT_EQ(files_->contents("/old/2026/11/a"), "some bytes");
  EXPECT_EQ(files_->contents("/in/a"), "some bytes");
}

TEST_F(PutAwayTest, ACopyThatIsThereAlreadyIsAsGood) {
  for (const bool pack : {false, true}) {
    const Transfer transfer{.from = "/in/a", .to = pack ? "/old/a.zst" : "/old/a", .pack = pack};
    ASSERT_TRUE(copy_file(*files_, transfer, stop_));
    const auto copied = files_->contents(transfer.to);
    ASSERT_TRUE(copy_file(*files_, transfer, stop_));
    EXPECT_EQ(files_->contents(transfer.to), copied);
  }
}

TEST_F(PutAwayTest, AnotherFileOfThatNameIsNeverReplaced) {
  files_->put("/old/a", "other bytes");
  const auto copied = copy_file(*files_, {.from = "/in/a", .to = "/old/a"}, stop_);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().os_code, EEXIST);
  const auto moved = move_file(*files_, {.from = "/in/a", .to = "/old/a"});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().os_code, EEXIST);
  EXPECT_EQ(files_->contents("/old/a"), "other bytes");
  EXPECT_EQ(files_->contents("/in/a"), "some bytes");
}

TEST_F(PutAwayTest, WhatAnotherWritesToIsLeftAlone) {
  const Transfer transfer{.from = "/in/a", .to = "/old/a"};
  files_->put("/old/.a.0.weir-tmp", "some");
  ASSERT_TRUE(copy_file(*files_, transfer, stop_));
  EXPECT_EQ(files_->contents("/old/a"), "some bytes");
  EXPECT_EQ(files_->contents("/old/.a.0.weir-tmp"), "some");
  ASSERT_TRUE(remove_unfinished(*files_, transfer.to));
  EXPECT_FALSE(files_->contents("/old/.a.0.weir-tmp"));
  EXPECT_EQ(files_->contents("/old/a"), "some bytes");
}

// Whatever call fails, and even if the power goes then, the source is whole, and so is what has the
// target's name.
TEST_F(PutAwayTest, AFailureAtAnyCallLeavesNothingHalf) {
  bool done = false;
  for (std::uint64_t call = 1; !done; ++call) {
    auto files = memory_file_system(system_clock());
    files->put("/in/a", std::string(3'000'000, 'x'));
    files->put("/old/.keep", "");
    const auto plan = nth_call_fault({.n = call});
    const auto faulty = faulty_file_system(*files, *plan);
    done = static_cast<bool>(copy_file(*faulty, {.from = "/in/a", .to = "/old/2026/a"}, stop_));
    files->crash();
    EXPECT_EQ(files->contents("/in/a")->size(), 3'000'000U);
    const auto copy = files->contents("/old/2026/a");
    EXPECT_TRUE(!copy || copy->size() == 3'000'000U) << "call " << call;
    EXPECT_TRUE(!done || copy) << "durable, when it says so";
    ASSERT_LT(call, 1000U);
    ASSERT_TRUE(copy_file(*files, {.from = "/in/a", .to = "/old/2026/a"}, stop_)) << call;
    EXPECT_EQ(files->contents("/old/2026/a")->size(), 3'000'000U);
  }
}

}  // namespace
}  // namespace weir
