// SPDX-License-Identifier: Apache-2.0
// The walk of a directory source: many files, deep trees, folders that vanish, folders that are
// denied, and disks that fail.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "io/disk.h"
#include "io/faulty.h"
#include "io/memory.h"
#include "source/directory.h"
#include "source/sorted_folder.h"
#include "support/child.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace weir {
namespace {

using Skipped = std::map<std::string, std::uint64_t>;

struct Walked {
  std::set<std::string> paths;
  Skipped skipped;
  std::optional<Error> error;
};

Walked walk(SourceListing& listing) {
  Walked walked;
  auto object = listing.next();
  for (; object && *object; object = listing.next()) {
    EXPECT_TRUE(walked.paths.insert((*object)->path).second);
  }
  walked.skipped = listing.skipped();
  if (!object) {
    walked.error = object.error();
  }
  return walked;
}

Walked walk(FileSystem& files, const std::string& folder) {
  const auto source = open_directory_source(files, {.paths = {folder}});
  return walk(**(*source)->list());
}

class Walk : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  const std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
};

// ---- many and deep

// fault 41 (scaled: 40,000 files)
TEST(DiskWalk, ManyFilesCostNoMemory) {
  const testing::TemporaryFolder folder;
  constexpr int count = 40'000;
  const std::string tail(200, 'x');  // so that names and entries are more than may be held
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(::mknod((folder / (std::to_string(i) + tail)).c_str(), S_IFREG | 0600, 0), 0);
  }
  const auto files = disk_file_system();
  const auto source = open_directory_source(*files, {.paths = {folder.path()}});
  const auto before = ::mallinfo2().uordblks;  // 0 under a sanitizer, which then checks nothing
  const auto listing = (*source)->list();
  std::size_t most = before;
  int seen = 0;
  for (auto object = (*listing)->next(); *object; object = (*listing)->next()) {
    most = std::max(most, ::mallinfo2().uordblks);
    ++seen;
  }
  EXPECT_EQ(seen, count);
  EXPECT_LT(most - before, sorted_names_bytes_max + (256U << 10));
}

// fault 41 (a deep tree)
TEST(DiskWalk, ATreeIsWalkedToItsLimitAndTheRestIsCounted) {
  const testing::TemporaryFolder folder;
  const auto files = disk_file_system();
  std::string path = folder.path();
  std::set<std::string> expected;
  for (std::size_t depth = 1; depth <= directory_depth_max + 5; ++depth) {
    testing::write_file(path + "/a", "");
    if (depth <= directory_depth_max) {
      expected.insert(path + "/a");
    }
    path += "/d";
    ASSERT_TRUE(files->make_folder(path));
  }
  const Walked walked = walk(*files, folder.path());
  EXPECT_EQ(walked.paths, expected);
  EXPECT_EQ(walked.skipped, (Skipped{{"deeper than 64 folders", 1}}));
  EXPECT_FALSE(walked.error);
}

// fault 41 (a folder removed, and made again, while it is walked)
TEST_F(Walk, FoldersThatVanishAreNoError) {
  for (int i = 0; i < 20; ++i) {
    files_->put("/in/x" + std::to_string(i) + "/a", "");
  }
  const auto source = open_directory_source(*files_, {.paths = {"/in"}});
  const auto listing = (*source)->list();
  ASSERT_TRUE(*(*listing)->next());
  for (int i = 0; i < 20; i += 2) {
    const std::string path = "/in/x" + std::to_string(i);
    EXPECT_TRUE(files_->remove(path + "/a"));
    EXPECT_TRUE(files_->remove(path));
  }
  const Walked rest = walk(**listing);
  EXPECT_FALSE(rest.error) << rest.error->message;
  EXPECT_TRUE(rest.skipped.empty());
  EXPECT_GE(rest.paths.size(), 9U);
  files_->put("/in/x0/a", "");
  EXPECT_EQ(walk(*files_, "/in").paths.size(), 11U);
}

// ---- denied

// fault 39
TEST(DiskWalk, WhatIsDeniedIsCountedAndTheRestIsListed) {
  EXPECT_TRUE(testing::passes_as_nobody([] {
    const testing::TemporaryFolder folder;
    const auto files = disk_file_system();
    for (const char* name : {"open", "closed", "blind"}) {
      EXPECT_TRUE(files->make_folder(folder / name));
      testing::write_file(folder / name + "/a", "");
    }
    testing::write_file(folder / "unreadable", "");
    ::chmod((folder / "closed").c_str(), 0);
    ::chmod((folder / "blind").c_str(), 0400);  // names can be read, files not looked at
    ::chmod((folder / "unreadable").c_str(), 0);
    const Walked walked = walk(*files, folder.path());
    EXPECT_FALSE(walked.error);
    EXPECT_EQ(walked.paths, (std::set<std::string>{folder / "open/a", folder / "unreadable"}));
    EXPECT_EQ(walked.skipped, (Skipped{{"permission denied: " + folder / "closed", 1},
                                       {"permission denied: " + folder / "blind", 1}}));
    const auto source = open_directory_source(*files, {.paths = {folder.path()}});
    EXPECT_EQ((*source)->open(folder / "unreadable").error().kind, ErrorKind::unavailable);

    ::chmod((folder / "closed").c_str(), 0700);  // later granted
    ::chmod((folder / "blind").c_str(), 0700);
    ::chmod((folder / "unreadable").c_str(), 0600);
    EXPECT_EQ(walk(*files, folder.path()).paths.size(), 4U);
    EXPECT_TRUE((*source)->open(folder / "unreadable"));
  }));
}

// fault 39
TEST_F(Walk, ManyDeniedFoldersAreManyCountsButNotManyReasons) {
  for (int i = 0; i < 300; ++i) {
    files_->put("/in/x" + std::to_string(i) + "/a", "");
    files_->deny("/in/x" + std::to_string(i), true);
  }
  files_->put("/in/z", "");
  const Walked walked = walk(*files_, "/in");
  EXPECT_EQ(walked.paths, (std::set<std::string>{"/in/z"}));
  EXPECT_EQ(walked.skipped.size(), 101U);
  EXPECT_EQ(walked.skipped.at("permission denied: in further folders"), 200U);
  files_->deny("/in", true);
  EXPECT_EQ(walk(*files_, "/in").skipped, (Skipped{{"permission denied: /in", 1}}));
}

// ---- failing

// fault 50 (descriptors, while a source is listed)
TEST_F(Walk, AnErrorEndsTheListingForGoodAtWhateverCallItComes) {
  files_->put("/in/a", "");
  files_->put("/in/x/b", "");
  std::uint64_t n = 1;
  for (;; ++n) {
    const auto plan = nth_call_fault({.n = n, .os_code = n % 2 == 0 ? EIO : EMFILE});
    const auto faulty = faulty_file_system(*files_, *plan);
    const auto source = open_directory_source(*faulty, {.paths = {"/in"}});
    if (!source) {
      EXPECT_EQ(source.error().kind, ErrorKind::unavailable);
      continue;
    }
    const auto listing = (*source)->list();
    const Walked walked = walk(**listing);
    if (plan->strikes() == 0) {
      EXPECT_EQ(walked.paths.size(), 2U);
      break;
    }
    ASSERT_TRUE(walked.error) << n;
    EXPECT_EQ(walked.error->kind, ErrorKind::unavailable);
    EXPECT_FALSE((*listing)->next());
  }
  EXPECT_GT(n, 8U);
}

}  // namespace
}  // namespace weir
