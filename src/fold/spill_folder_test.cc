// SPDX-License-Identifier: Apache-2.0
#include "fold/spill_folder.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "io/faulty.h"
#include "io/memory.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

class SpillFolders : public ::testing::Test {
 protected:
  std::set<std::string> names(const std::string& folder) {
    std::set<std::string> found;
    const auto cursor = files_->list(folder, "");
    while (cursor) {
      const auto entry = (*cursor)->next();
      if (!entry || !*entry) {
        break;
      }
      found.insert((*entry)->name);
    }
    return found;
  }

  testing::ManualClock clock_;
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
  std::unique_ptr<Random> random_ = seeded_random(1);
};

TEST_F(SpillFolders, NothingIsMadeBeforeTheFirstRun) {
  {
    const SpillFolder folder(*files_, *random_, "/spill");
    EXPECT_TRUE(names("/").empty());
  }
  EXPECT_TRUE(names("/").empty());
}

TEST_F(SpillFolders, ItGoesWithEverythingInIt) {
  {
    SpillFolder folder(*files_, *random_, "/spill");
    SpillFolder other(*files_, *random_, "/spill");
    for (int i = 0; i < 2500; ++i) {  // more than one listing takes
      ASSERT_TRUE(folder.create(std::to_string(i) + ".run"));
    }
    ASSERT_TRUE(other.create("0.run"));
    EXPECT_EQ(names("/spill").size(), 2u);  // each fold has its own
    folder.remove("0.run");
    EXPECT_FALSE(folder.open("0.run"));
    EXPECT_TRUE(folder.open("1.run"));
  }
  EXPECT_TRUE(names("/spill").empty());
}

TEST_F(SpillFolders, WhatAKilledProcessLeftIsRemovedAndNothingElse) {
  for (int i = 0; i < 1500; ++i) {
    files_->put("/spill/weir-spill-0123/lane-0-" + std::to_string(i) + ".run", "…");
  }
  files_->put("/spill/weir-spill-4567/merge-0.run", "…");
  files_->put("/spill/usage.txt", "1 2\n");
  files_->put("/spill/weir-spill-notes", "a file");
  files_->put("/spill/other/lane-0-0.run", "…");
  ASSERT_TRUE(remove_stale_spills(*files_, "/spill"));
  EXPECT_EQ(names("/spill"), (std::set<std::string>{"other", "usage.txt", "weir-spill-notes"}));
  EXPECT_EQ(names("/spill/other"), (std::set<std::string>{"lane-0-0.run"}));
}

TEST_F(SpillFolders, ASpillFolderThatIsNotThereIsClean) {
  EXPECT_TRUE(remove_stale_spills(*files_, "/spill"));
}

TEST_F(SpillFolders, AForeignFileInAStaleFolderIsKeptAndReported) {
  files_->put("/spill/weir-spill-0123/precious.txt", "…");
  const auto removed = remove_stale_spills(*files_, "/spill");
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().os_code, ENOTEMPTY);
  EXPECT_TRUE(files_->contents("/spill/weir-spill-0123/precious.txt"));
}

TEST_F(SpillFolders, RemovingStaleOnesMayBeRepeatedAfterAnyFailure) {
  std::uint64_t failures = 0;
  for (std::uint64_t n = 1;; ++n, ++failures) {
    files_->put("/spill/weir-spill-0123/lane-0-0.run", "…");
    files_->put("/spill/weir-spill-4567/lane-0-0.run", "…");
    const auto plan = nth_call_fault({.n = n});
    const auto faulty = faulty_file_system(*files_, *plan);
    const auto removed = remove_stale_spills(*faulty, "/spill");
    EXPECT_EQ(static_cast<bool>(removed), plan->strikes() == 0);
    EXPECT_TRUE(remove_stale_spills(*files_, "/spill"));
    EXPECT_TRUE(names("/spill").empty());
    if (plan->strikes() == 0) {
      break;
    }
  }
  EXPECT_GT(failures, 8u);
}

}  // namespace
}  // namespace weir
