// SPDX-License-Identifier: Apache-2.0
// What the memory file system has beyond the contract (tests/conformance/file_system_test.cc): the
// power cut, inode numbers, times, and what the world does.
#include "io/memory.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "base/check.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

class MemoryFiles : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& bytes, bool sync) {
    const auto file = files_->create(path);
    CHECK(file && (*file)->write(bytes));
    CHECK(!sync || (*file)->sync());
  }
  std::optional<std::string> after_crash(const std::string& path) {
    files_->crash();
    return files_->contents(path);
  }

  testing::ManualClock clock_;
  const std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
};

// ---- the power cut

TEST_F(MemoryFiles, BytesThatWereNotSyncedAreLost) {
  const auto file = files_->create("/a");
  EXPECT_TRUE((*file)->write(std::string("kept")));
  EXPECT_TRUE((*file)->sync());
  EXPECT_TRUE((*file)->write(std::string(" lost")));
  EXPECT_TRUE(files_->sync_folder("/"));
  EXPECT_EQ(files_->contents("/a"), "kept lost");
  EXPECT_EQ(after_crash("/a"), "kept");
}

TEST_F(MemoryFiles, ANameWhoseFolderWasNotSyncedIsLost) {
  write("/a", "bytes", true);
  EXPECT_EQ(after_crash("/a"), std::nullopt);
  write("/b", "bytes", false);
  EXPECT_TRUE(files_->sync_folder("/"));
  EXPECT_EQ(after_crash("/b"), "");
}

TEST_F(MemoryFiles, ARemovalThatWasNotSyncedIsUndone) {
  files_->put("/a", "bytes");
  EXPECT_TRUE(files_->remove("/a"));
  EXPECT_EQ(files_->contents("/a"), std::nullopt);
  EXPECT_EQ(after_crash("/a"), "bytes");
  EXPECT_TRUE(files_->remove("/a"));
  EXPECT_TRUE(files_->sync_folder("/"));
  EXPECT_EQ(after_crash("/a"), std::nullopt);
}

TEST_F(MemoryFiles, ARenameIsAsDurableAsEachOfItsFolders) {
  files_->put("/x/a", "bytes");
  files_->put("/y/b", "other");
  EXPECT_TRUE(files_->rename("/x/a", "/y/a"));
  EXPECT_TRUE(files_->sync_folder("/y"));
  EXPECT_EQ(after_crash("/y/a"), "bytes");
  EXPECT_EQ(files_->contents("/x/a"), "bytes");  // two names of one file
  EXPECT_EQ(files_->status("/x/a")->inode, files_->status("/y/a")->inode);
}

TEST_F(MemoryFiles, AFolderUnderTwoNamesAfterACrashLosesOne) {
  files_->put("/x/inner/a", "bytes");
  files_->put("/y/b", "");
  EXPECT_TRUE(files_->rename("/x/inner", "/y/inner"));
  EXPECT_TRUE(files_->sync_folder("/y"));
  files_->crash();
  EXPECT_NE(files_->contents("/x/inner/a").has_value(), files_->contents("/y/inner/a").has_value());
}

TEST_F(MemoryFiles, WhatIsOpenAcrossACrashFails) {
  files_->put("/a", "bytes");
  const auto reader = files_->open("/", "a");
  const auto cursor = files_->list("/", "");
  const auto writer = files_->create("/b");
  files_->crash();
  std::string into(5, '?');
  EXPECT_EQ((*reader)->read_at(0, into).error().os_code, EIO);
  EXPECT_EQ((*cursor)->next().error().os_code, EIO);
  EXPECT_EQ((*writer)->write(into).error().os_code, EIO);
  EXPECT_EQ((*writer)->sync().error().os_code, EIO);
  EXPECT_TRUE(files_->create("/b"));
}

TEST_F(MemoryFiles, WhatTheWorldDoesIsDurable) {
  files_->put("/x/a", "one");
  files_->append("/x/a", " two");
  files_->put("/x/b", "three");
  files_->truncate("/x/b", 2);
  files_->replace("/x/c", "four");
  files_->put_link("/x/l", "c");
  EXPECT_EQ(after_crash("/x/a"), "one two");
  EXPECT_EQ(files_->contents("/x/b"), "th");
  EXPECT_EQ(files_->contents("/x/l"), "four");
}

// ---- inodes and times

TEST_F(MemoryFiles, AnInodeNumberIsUsedAgainOnceNobodyHasTheFile) {
  files_->put("/a", "one");
  const auto inode = files_->status("/a")->inode;
  auto reader = files_->open("/", "a");
  EXPECT_TRUE(files_->remove("/a"));
  EXPECT_TRUE(files_->sync_folder("/"));
  files_->put("/b", "two");
  EXPECT_NE(files_->status("/b")->inode, inode);
  reader->reset();
  files_->put("/c", "three");
  EXPECT_EQ(files_->status("/c")->inode, inode);
}

TEST_F(MemoryFiles, TwoChangesNeverHaveTheSameTime) {
  files_->put("/a", "1");
  const auto first = files_->status("/a");
  files_->put("/a", "2");  // the clock stands still
  const auto second = files_->status("/a");
  clock_.set(0);  // and goes back
  files_->put("/a", "3");
  const auto third = files_->status("/a");
  EXPECT_LT(first->modified, second->modified);
  EXPECT_LT(second->modified, third->modified);
  EXPECT_EQ(first->inode, third->inode);
  files_->set_modified("/a", 5);
  EXPECT_EQ(files_->status("/a")->modified, 5);
  EXPECT_LT(third->changed, files_->status("/a")->changed);
}

TEST_F(MemoryFiles, ReplacingGivesANewInodeAndPuttingDoesNot) {
  files_->put("/a", "one");
  const auto inode = files_->status("/a")->inode;
  const auto reader = files_->open("/", "a");
  files_->put("/a", "two");
  EXPECT_EQ(files_->status("/a")->inode, inode);
  files_->replace("/a", "six");
  EXPECT_NE(files_->status("/a")->inode, inode);
  std::string into(3, '?');
  EXPECT_EQ(*(*reader)->read_at(0, into), 3U);
  EXPECT_EQ(into, "two");
}

// ---- events

// fault 42 (the queue of a watcher runs over)
TEST_F(MemoryFiles, AWatcherThatDoesNotListenIsToldOfAnOverflow) {
  const auto events = files_->events();
  EXPECT_TRUE(events->add("/"));
  for (int i = 0; i < 20'000; ++i) {
    files_->put("/a", "");
  }
  int heard = 0;
  auto event = events->next(0);
  FolderEvent last;
  for (; event && *event; event = events->next(0)) {
    last = **event;
    ++heard;
  }
  EXPECT_EQ(heard, 16'385);
  EXPECT_EQ(last.kind, FolderEvent::Kind::overflow);
  files_->put("/a", "");
  EXPECT_EQ((*events->next(0))->kind, FolderEvent::Kind::written);
}

TEST_F(MemoryFiles, WhatIsMountedWithinAMountIsTheInnermost) {
  files_->put("/a/b/c", "");
  files_->mount("/a/b", {.type = "nfs", .local = false});
  files_->mount("/a", {.type = "xfs"});
  EXPECT_EQ(files_->place("/")->type, "memory");
  EXPECT_EQ(files_->place("/a")->type, "xfs");
  EXPECT_EQ(files_->place("/a/b/c")->type, "nfs");
}

TEST_F(MemoryFiles, AfterACrashNobodyWritesAndNobodyListens) {
  const auto events = files_->events();
  const auto writer = files_->create("/a");
  EXPECT_TRUE(files_->sync_folder("/"));
  EXPECT_EQ(*files_->writers("/", "a"), Writers::some);
  files_->crash();
  EXPECT_EQ(*files_->writers("/", "a"), Writers::none);
  EXPECT_EQ(events->next(0).error().os_code, EIO);
  EXPECT_FALSE(*files_->events()->next(0));
}

// ---- permission

TEST_F(MemoryFiles, WhatIsDeniedIsUnavailableUntilItIsAllowed) {
  files_->put("/x/a", "bytes");
  files_->deny("/x/a", true);
  EXPECT_EQ(files_->open("/", "x/a").error().os_code, EACCES);
  EXPECT_TRUE(files_->status("/x/a"));
  files_->deny("/x", true);
  EXPECT_EQ(files_->status("/x/a").error().os_code, EACCES);
  EXPECT_EQ(files_->list("/", "x").error().kind, ErrorKind::unavailable);
  files_->deny("/x", false);
  files_->deny("/x/a", false);
  EXPECT_TRUE(files_->open("/", "x/a"));
}

// ---- threads

TEST_F(MemoryFiles, ManyThreadsUseIt) {
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 4; ++worker) {
    workers.emplace_back([this, worker] {
      const std::string name = "/" + std::to_string(worker);
      for (int round = 0; round < 200; ++round) {
        write(name, std::string(100, 'x'), true);
        EXPECT_TRUE(files_->rename(name, name + ".done"));
        EXPECT_EQ(files_->contents(name + ".done")->size(), 100U);
        EXPECT_TRUE(files_->remove(name + ".done"));
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  EXPECT_FALSE(*(*files_->list("/", ""))->next());
}

}  // namespace
}  // namespace weir
