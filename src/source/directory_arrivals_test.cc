// SPDX-License-Identifier: Apache-2.0
// What is heard of files that come into a directory source, and when a rescan is asked for.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <thread>

#include "io/disk.h"
#include "io/memory.h"
#include "source/arrivals.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds minute = 60 * second;

using Files = std::map<std::string, bool>;  // and whether they are whole

class ArrivalsTest : public ::testing::Test {
 protected:
  void open(const DirectorySourceOptions& options) {
    arrivals_ = hear_directories(*files_, clock_, options);
    EXPECT_FALSE(arrivals_->hears_all());
    EXPECT_FALSE(arrivals_->why_not().empty());
    EXPECT_TRUE(rescan());
  }
  // What can be heard now, after so long.
  Heard heard(Nanoseconds after = 0) {
    clock_.set(clock_.monotonic() + after);
    const auto heard = arrivals_->wait(0);
    EXPECT_TRUE(heard) << heard.error().message;
    return heard ? *heard : Heard();
  }
  bool rescan(Nanoseconds after = 0) {
    const Heard all = heard(after);
    EXPECT_TRUE(all.files.empty()) << all.files.front().path;
    return all.rescan;
  }
  Files files() {
    const Heard all = heard();
    EXPECT_FALSE(all.rescan);
    Files found;
    for (const Arrival& arrival : all.files) {
      EXPECT_TRUE(found.emplace(arrival.path, arrival.whole).second) << arrival.path;
    }
    return found;
  }
  void put(const std::string& path) { files_->put(path, "12 3\n"); }
  void put_whole(const std::string& path) { files_->replace(path, "12 3\n"); }
  void remove(const std::string& path) { EXPECT_TRUE(files_->remove(path)); }
  void make(const std::string& path) { EXPECT_TRUE(files_->make_folder(path)); }
  void rename(const std::string& from, const std::string& to) {
    EXPECT_TRUE(files_->rename(from, to));
  }

  testing::ManualClock clock_;
  const std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
  std::unique_ptr<Arrivals> arrivals_;
};

// ---- what is heard

TEST_F(ArrivalsTest, FilesAreHeardAsTheyCome) {
  put("/in/there before");
  put("/in/x/there before");
  open({.paths = {"/in"}});
  EXPECT_TRUE(arrivals_->hears_all());
  EXPECT_EQ(arrivals_->why_not(), "");
  EXPECT_EQ(files(), Files());
  put("/in/a");
  put_whole("/in/x/b");
  EXPECT_EQ(files(), (Files{{"/in/a", false}, {"/in/x/b", true}}));
  EXPECT_EQ(files(), Files());
}

TEST_F(ArrivalsTest, WhatAListingPassesOverIsNotHeard) {
  make("/in");
  open({.paths = {"/in"}, .match = "*.txt"});
  for (const char* path : {"/in/a.tmp", "/in/.b.txt", "/in/c.csv", "/in/weir.db",
                           "/elsewhere/d.txt", "/in/.h/e.txt", "/in/weir-spill-1/f.txt"}) {
    put_whole(path);
  }
  EXPECT_EQ(files(), Files());
  rename("/in/a.tmp", "/in/a.txt");
  EXPECT_EQ(files(), (Files{{"/in/a.txt", true}}));
}

TEST_F(ArrivalsTest, WhatIsHeardLastOfAFileHolds) {
  make("/in");
  open({.paths = {"/in"}});
  put("/in/a");
  put_whole("/in/a");
  put_whole("/in/b");
  put("/in/b");
  EXPECT_EQ(files(), (Files{{"/in/a", true}, {"/in/b", false}}));
}

TEST_F(ArrivalsTest, OfNamedFilesAloneTheirFolderIsWatched) {
  put("/in/.a.tmp");
  put("/in/b");
  put("/named/c");
  open({.paths = {"/in/.a.tmp", "/named"}});
  put_whole("/in/.a.tmp");
  put_whole("/in/b");
  put("/in/x/d");
  put_whole("/named/c");
  EXPECT_EQ(files(), (Files{{"/in/.a.tmp", true}, {"/named/c", true}}));
  EXPECT_TRUE(arrivals_->hears_all());
}

TEST_F(ArrivalsTest, AFileNamedWithinANamedFolderChangesNothingForTheOthers) {
  put("/in/x/.a.tmp");
  open({.paths = {"/in", "/in/x/.a.tmp"}});
  put_whole("/in/x/.a.tmp");
  put_whole("/in/x/b");
  put_whole("/in/x/c.tmp");
  EXPECT_EQ(files(), (Files{{"/in/x/.a.tmp", true}, {"/in/x/b", true}}));
  EXPECT_FALSE(rescan(second));
  put_whole("/in/x/b");
  put("/in/x/y/d");
  EXPECT_EQ(files(), (Files{{"/in/x/b", true}, {"/in/x/y/d", false}}));
}

// ---- folders

TEST_F(ArrivalsTest, OfANewFolderWhatIsInItIsHeardAndWatched) {
  make("/in");
  open({.paths = {"/in"}});
  put_whole("/in/x/a");
  put_whole("/in/x/y/b");
  put_whole("/in/x/c.tmp");
  EXPECT_EQ(files(), (Files{{"/in/x/a", false}, {"/in/x/y/b", false}}));
  put_whole("/in/x/y/d");
  EXPECT_EQ(files(), (Files{{"/in/x/y/d", true}}));
}

TEST_F(ArrivalsTest, OfAFolderThatIsRenamedIntoTheSourceToo) {
  put("/outside/x/a");
  make("/in");
  open({.paths = {"/in"}});
  rename("/outside/x", "/in/x");
  EXPECT_EQ(files(), (Files{{"/in/x/a", false}}));
  rename("/in/x", "/in/z");
  EXPECT_EQ(files(), (Files{{"/in/z/a", false}}));
  put_whole("/in/z/b");
  EXPECT_EQ(files(), (Files{{"/in/z/b", true}}));
  rename("/in/z", "/outside/z");
  put_whole("/outside/z/c");
  EXPECT_EQ(files(), Files());
}

// fault 41 (very many files at once)
TEST_F(ArrivalsTest, AFolderWithVeryManyFilesIsLeftToARescan) {
  make("/in");
  open({.paths = {"/in"}});
  for (std::size_t i = 0; i < arrivals_per_hearing_max + 1; ++i) {
    put("/outside/x/" + std::to_string(i));
  }
  rename("/outside/x", "/in/x");
  const Heard all = heard();
  EXPECT_EQ(all.files.size(), arrivals_per_hearing_max);
  EXPECT_TRUE(all.rescan);
}

TEST_F(ArrivalsTest, MoreThanOneHearingHoldsIsHeardInTheNext) {
  make("/in");
  open({.paths = {"/in"}});
  for (std::size_t i = 0; i < arrivals_per_hearing_max + 7; ++i) {
    put_whole("/in/" + std::to_string(i));
  }
  EXPECT_EQ(files().size(), arrivals_per_hearing_max);
  EXPECT_EQ(files().size(), 7U);
}

// fault 41 (a folder removed and made again)
TEST_F(ArrivalsTest, AFolderThatIsMadeAgainIsWatchedAgain) {
  put("/in/x/a");
  open({.paths = {"/in"}});
  remove("/in/x/a");
  remove("/in/x");
  make("/in/x");
  put_whole("/in/x/b");
  EXPECT_EQ(files(), (Files{{"/in/x/b", false}}));
  put_whole("/in/x/c");
  EXPECT_EQ(files(), (Files{{"/in/x/c", true}}));
}

// fault 41 (the named folder itself)
TEST_F(ArrivalsTest, ANamedFolderThatVanishesAsksForARescanAndIsWatchedWhenItIsBack) {
  put("/data/in/x/a");
  open({.paths = {"/data/in"}});
  rename("/data/in", "/data/away");
  EXPECT_TRUE(rescan());
  EXPECT_FALSE(arrivals_->hears_all());
  EXPECT_EQ(arrivals_->why_not(), "/data/in is not there");
  EXPECT_FALSE(rescan(second));
  make("/data/in");
  put_whole("/data/in/b");
  EXPECT_TRUE(rescan(second));
  EXPECT_TRUE(arrivals_->hears_all());
  put_whole("/data/in/c");
  EXPECT_EQ(files(), (Files{{"/data/in/c", true}}));
}

// No event tells of this: the folder itself is not touched.
TEST_F(ArrivalsTest, ANamedFolderWhoseParentIsExchangedIsNoticed) {
  put("/data/in/a");
  put("/other/in/a");
  open({.paths = {"/data/in"}});
  rename("/data", "/away");
  EXPECT_TRUE(rescan(second));
  EXPECT_FALSE(arrivals_->hears_all());
  rename("/other", "/data");
  EXPECT_TRUE(rescan(second));
  put_whole("/data/in/b");
  EXPECT_EQ(files(), (Files{{"/data/in/b", true}}));
}

TEST_F(ArrivalsTest, PathsThatAreNotThereYetAreHeardOnceTheyAre) {
  arrivals_ = hear_directories(*files_, clock_, {.paths = {"/in"}});
  files_->overflow_events();
  EXPECT_FALSE(rescan());
  EXPECT_EQ(arrivals_->why_not(), "find /in: no such file or directory");
  put("/in/a");
  EXPECT_TRUE(rescan());
  EXPECT_TRUE(arrivals_->hears_all());
}

// ---- what cannot be heard

// fault 42 (events are lost)
TEST_F(ArrivalsTest, AnOverflowAsksForARescanAndNothingIsMissedAfterIt) {
  put("/in/x/a");
  put("/in/gone/a");
  open({.paths = {"/in"}});
  remove("/in/gone/a");
  remove("/in/gone");
  rename("/in/x", "/in/z");
  put("/in/new/a");
  files_->overflow_events();
  EXPECT_TRUE(rescan());
  EXPECT_TRUE(arrivals_->hears_all());
  put_whole("/in/z/b");
  put_whole("/in/new/b");
  EXPECT_EQ(files(), (Files{{"/in/z/b", true}, {"/in/new/b", true}}));
}

// fault 42 (no watches left)
TEST_F(ArrivalsTest, WithoutWatchesItGoesOnWithThoseItHasAndTriesAgain) {
  put("/in/x/a");
  put("/in/y/a");
  files_->limit_watches(2);
  open({.paths = {"/in"}});
  EXPECT_FALSE(arrivals_->hears_all());
  EXPECT_NE(arrivals_->why_not().find("watch /in/"), std::string::npos);
  put_whole("/in/b");
  EXPECT_EQ(files(), (Files{{"/in/b", true}}));
  put_whole("/in/x/b");
  put_whole("/in/y/b");
  EXPECT_EQ(files().size(), 1U) << "one of them is watched";
  make("/in/z");
  EXPECT_FALSE(rescan());
  EXPECT_FALSE(rescan(minute)) << "nothing new is watched, so nothing was missed";
  put_whole("/in/x/c");
  put_whole("/in/y/c");
  EXPECT_EQ(files().size(), 1U) << "it still is";
  files_->limit_watches(100);
  EXPECT_FALSE(rescan(second));
  EXPECT_TRUE(rescan(minute));
  EXPECT_TRUE(arrivals_->hears_all());
  put_whole("/in/x/d");
  put_whole("/in/y/d");
  EXPECT_EQ(files().size(), 2U);
}

// fault 43
TEST_F(ArrivalsTest, WhatIsMountedFromElsewhereIsNotWatched) {
  put("/in/local/a");
  put("/in/share/a");
  put("/nfs/a");
  files_->mount("/in/share", {.type = "fuse", .local = false});
  files_->mount("/nfs", {.type = "nfs", .local = false});
  open({.paths = {"/in", "/nfs"}});
  EXPECT_FALSE(arrivals_->hears_all());
  EXPECT_EQ(arrivals_->why_not(), "/in/share is on fuse, where changes are not told");
  for (const char* path : {"/in/local/b", "/in/share/b", "/nfs/b"}) {
    put_whole(path);
  }
  EXPECT_EQ(files(), (Files{{"/in/local/b", true}}));
  EXPECT_FALSE(rescan(minute));
  EXPECT_FALSE(arrivals_->hears_all());
}

// fault 43 (mounted while it is watched)
TEST_F(ArrivalsTest, WhatComesOnToAnotherFileSystemIsWatchedNoMore) {
  put("/in/a");
  open({.paths = {"/in"}});
  rename("/in", "/local");
  files_->mount("/in", {.type = "nfs", .local = false});
  put("/in/a");
  EXPECT_TRUE(rescan(second));
  EXPECT_EQ(arrivals_->why_not(), "/in is on nfs, where changes are not told");
  put_whole("/in/b");
  EXPECT_FALSE(rescan(second));
}

TEST_F(ArrivalsTest, WhatIsDeniedIsToldAndWatchedOnceItIsGranted) {
  put("/in/x/a");
  files_->deny("/in/x", true);
  open({.paths = {"/in"}});
  EXPECT_EQ(arrivals_->why_not(), "watch /in/x: permission denied");
  files_->deny("/in/x", false);
  EXPECT_TRUE(rescan(minute));
  EXPECT_TRUE(arrivals_->hears_all());
}

TEST_F(ArrivalsTest, AFileSystemThatIsLostIsAnError) {
  make("/in");
  open({.paths = {"/in"}});
  files_->crash();
  EXPECT_EQ(arrivals_->wait(0).error().os_code, EIO);
}

// ---- on a disk

class DiskArrivals : public ::testing::Test {
 protected:
  Heard heard(Nanoseconds wait = 0) {
    const auto heard = arrivals_->wait(system_clock().monotonic() + wait);
    EXPECT_TRUE(heard);
    return *heard;
  }

  const testing::TemporaryFolder folder_;
  const std::unique_ptr<FileSystem> files_ = disk_file_system();
  const std::unique_ptr<Arrivals> arrivals_ =
      hear_directories(*files_, system_clock(), {.paths = {folder_.path()}});
};

TEST_F(DiskArrivals, ARenameWakesWhoWaitsAndSoDoesAWakeUp) {
  EXPECT_TRUE(heard().rescan);
  testing::write_file(folder_ / "a.tmp", "12 3\n");
  EXPECT_TRUE(heard().files.empty());
  std::thread producer([&] { EXPECT_TRUE(files_->rename(folder_ / "a.tmp", folder_ / "a")); });
  const Heard all = heard(60 * second);
  producer.join();
  ASSERT_EQ(all.files.size(), 1U);
  EXPECT_EQ(all.files.front().path, folder_ / "a");
  EXPECT_TRUE(all.files.front().whole);
  arrivals_->wake();
  EXPECT_TRUE(heard(60 * second).files.empty());
}

// fault 41 (a folder is removed and made again, while somebody has it open)
TEST_F(DiskArrivals, AFolderMadeAgainIsWatchedAgain) {
  ASSERT_TRUE(files_->make_folder(folder_ / "x"));
  EXPECT_TRUE(heard().rescan);
  const auto open = files_->list(folder_.path(), "x");
  ASSERT_TRUE(files_->remove(folder_ / "x"));
  ASSERT_TRUE(files_->make_folder(folder_ / "x"));
  EXPECT_TRUE(heard().files.empty());
  testing::write_file(folder_ / "x/a", "12 3\n");
  const Heard all = heard();
  ASSERT_EQ(all.files.size(), 1U);
  EXPECT_EQ(all.files.front().path, folder_ / "x/a");
  EXPECT_FALSE(all.files.front().whole);
}

}  // namespace
}  // namespace weir
