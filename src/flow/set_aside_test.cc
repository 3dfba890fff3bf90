// SPDX-License-Identifier: Apache-2.0
#include "flow/set_aside.h"

#include <gtest/gtest.h>

#include "io/memory.h"
#include "store/memory.h"
#include "support/store_cases.h"

namespace weir {
namespace {

class SetAsideTest : public ::testing::Test {
 protected:
  SetAsideTest() {
    EXPECT_TRUE(store_->schema().prepare());
    const FileEntry entry = testing::entry_of("a", 1);
    row_ = store_->ledger().enter({&entry, 1})->front();
  }

  FileState state() { return store_->ledger().find({&row_.identity, 1})->front()->state; }

  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(system_clock());
  Machine machine_{system_clock(), *random_, *tasks_, *files_};
  std::unique_ptr<Store> store_ =
      open_memory_store(memory_database(KeyKind::integer), system_clock(), *tasks_, "usage");
  FileRow row_;
  int told_ = 0;
  Notes notes_ = [this](const Note&) { ++told_; };
  Stop stop_;
  SetAside set_aside_{machine_, *store_, notes_, stop_};
};

TEST_F(SetAsideTest, AFileIsSetAsideAndToldOnce) {
  EXPECT_TRUE(set_aside_.put(row_, row_.path, "changed: …"));
  EXPECT_TRUE(set_aside_.put(row_, row_.path, "changed: …"));
  EXPECT_EQ(state(), FileState::quarantined);
  EXPECT_EQ(set_aside_.files(), 1U);
  EXPECT_EQ(told_, 1);
}

// fault 63 (a file that cannot be counted, under a number that is another's now, or nobody's)
TEST_F(SetAsideTest, WhatTheLedgerDoesNotKnowAnyMoreIsLeftAlone) {
  FileRow lost = row_;
  lost.identity = "path:/in/b";
  EXPECT_TRUE(set_aside_.put(lost, lost.path, "changed: …"));
  lost.sequence += 7;
  EXPECT_TRUE(set_aside_.put(lost, lost.path, "changed: …"));
  EXPECT_EQ(state(), FileState::pending);
  EXPECT_EQ(set_aside_.files(), 0U);
  EXPECT_EQ(told_, 0);
}

}  // namespace
}  // namespace weir
