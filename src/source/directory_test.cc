// SPDX-License-Identifier: Apache-2.0
// What a directory source takes, what it passes over, and what it calls things. The contract of all
// sources is checked in tests/conformance/source_test.cc.
#include "source/directory.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "io/memory.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

using Names = std::set<std::string>;
using Skipped = std::map<std::string, std::uint64_t>;

class Directory : public ::testing::Test {
 protected:
  struct Listed {
    Names identities;
    Names paths;
    Skipped skipped;
  };

  Listed list(const DirectorySourceOptions& options) {
    const auto source = open_directory_source(*files_, options);
    EXPECT_TRUE(source) << source.error().message;
    const auto listing = (*source)->list();
    Listed listed;
    auto object = (*listing)->next();
    for (; object && *object; object = (*listing)->next()) {
      EXPECT_TRUE(listed.identities.insert((*object)->identity).second) << (*object)->identity;
      listed.paths.insert((*object)->path);
      EXPECT_TRUE((*source)->open((*object)->path));
    }
    EXPECT_TRUE(object) << object.error().message;
    listed.skipped = (*listing)->skipped();
    return listed;
  }
  Error refusal(const DirectorySourceOptions& options) {
    const auto source = open_directory_source(*files_, options);
    EXPECT_FALSE(source);
    return source.error();
  }
  void put(const std::string& path) { files_->put(path, "12 3\n"); }

  testing::ManualClock clock_;
  const std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
};

// ---- what is taken

TEST_F(Directory, FoldersAreWalkedAndFilesTakenAsTheyAre) {
  for (const char* path : {"/in/a", "/in/x/b", "/in/x/y/c", "/other/.hidden.tmp", "/other/d"}) {
    put(path);
  }
  const auto listed = list({.paths = {"/in", "/other/.hidden.tmp"}});
  EXPECT_EQ(listed.paths, (Names{"/in/a", "/in/x/b", "/in/x/y/c", "/other/.hidden.tmp"}));
  EXPECT_EQ(listed.identities,
            (Names{"path:/in/a", "path:/in/x/b", "path:/in/x/y/c", "path:/other/.hidden.tmp"}));
  EXPECT_TRUE(listed.skipped.empty());
}

// fault 38 (pipes, links, folders named as files)
TEST_F(Directory, WhatIsPassedOverIsCountedWithItsReason) {
  for (const char* path :
       {"/in/day.txt", "/in/.hidden", "/in/a.tmp", "/in/weir.db", "/in/weir.db-wal", "/in/notes.md",
        "/in/.git/config", "/in/x.txt/y.txt", "/outside.txt"}) {
    put(path);
  }
  files_->put_special("/in/pipe.txt");
  files_->put_link("/in/link.txt", "day.txt");
  files_->put_link("/in/loop", ".");
  files_->put_link("/in/out", "/");
  const auto listed = list({.paths = {"/in"}, .match = "*.txt"});
  EXPECT_EQ(listed.paths, (Names{"/in/day.txt", "/in/x.txt/y.txt"}));
  EXPECT_EQ(listed.skipped, (Skipped{{"temporary name", 3},
                                     {"database", 2},
                                     {"name does not match", 1},
                                     {"not a regular file", 1},
                                     {"symbolic link", 3}}));
}

TEST_F(Directory, WhatIsNamedByALinkIsFollowed) {
  put("/real/a");
  files_->put_link("/link", "real");
  files_->put_link("/file", "real/a");
  EXPECT_EQ(list({.paths = {"/link"}}).paths, (Names{"/real/a"}));
  EXPECT_EQ(list({.paths = {"/file"}}).paths, (Names{"/real/a"}));
}

TEST_F(Directory, TheRootOfTheFileSystemIsAFolderToo) {
  put("/a");
  put("/x/b");
  EXPECT_EQ(list({.paths = {"/"}}).identities, (Names{"path:/a", "path:/x/b"}));
  EXPECT_EQ(list({.paths = {"/"}, .id = "n"}).identities, (Names{"id:n:a", "id:n:x/b"}));
}

// ---- named twice

TEST_F(Directory, WhatIsReachedTwiceIsShownOnce) {
  for (const char* path : {"/in/a", "/in/x/b", "/in/x/y/c", "/in/.h/d", "/inner/e"}) {
    put(path);
  }
  files_->put_link("/again", "in/x");
  const auto listed = list({.paths = {"/in/x", "/in", "/in/", "/in/a", "in/./a", "/again", "/in/.h",
                                      "/inner", "/in/x/y/c"}});
  EXPECT_EQ(listed.paths, (Names{"/in/a", "/in/x/b", "/in/x/y/c", "/in/.h/d", "/inner/e"}));
  EXPECT_TRUE(listed.skipped.empty());
}

TEST_F(Directory, AFileNamedWithinANamedFolderIsTakenWhateverItsName) {
  put("/in/a.tmp");
  put("/in/b.tmp");
  const auto listed = list({.paths = {"/in", "/in/a.tmp"}});
  EXPECT_EQ(listed.paths, (Names{"/in/a.tmp"}));
  EXPECT_EQ(listed.skipped, (Skipped{{"temporary name", 1}}));
}

// ---- identities with an id

TEST_F(Directory, AnIdMakesIdentitiesThatDoNotNameTheFolder) {
  put("/mnt/one/a");
  put("/mnt/one/x/b");
  put("/elsewhere/a");
  put("/elsewhere/x/b");
  const auto here = list({.paths = {"/mnt/one"}, .id = "billing-eu"});
  EXPECT_EQ(here.identities, (Names{"id:billing-eu:a", "id:billing-eu:x/b"}));
  EXPECT_EQ(here.paths, (Names{"a", "x/b"}));
  EXPECT_EQ(list({.paths = {"/elsewhere"}, .id = "billing-eu"}).identities, here.identities);
}

TEST_F(Directory, WithAnIdAbsolutePathsOpenToo) {
  put("/in/a");
  const auto source = open_directory_source(*files_, {.paths = {"/in"}, .id = "n"});
  EXPECT_TRUE((*source)->open("a"));
  EXPECT_TRUE((*source)->open("/in/a"));
  EXPECT_EQ((*source)->open("/etc/passwd").error().os_code, EXDEV);
  const auto plain = open_directory_source(*files_, {.paths = {"/in"}});
  EXPECT_EQ((*plain)->open("a").error().os_code, EXDEV);
}

TEST_F(Directory, WithAnIdWhatLiesWithinTheFolderMayBeNamedToo) {
  put("/in/x/.a");
  put("/in/b");
  EXPECT_EQ(list({.paths = {"/in", "/in/x", "/in/x/.a"}, .id = "n"}).identities,
            (Names{"id:n:x/.a", "id:n:b"}));
  EXPECT_EQ(list({.paths = {"/in/b"}, .id = "n"}).identities, (Names{"id:n:b"}));
}

TEST_F(Directory, AnIdForTwoFoldersIsRefused) {
  put("/one/a");
  put("/two/a");
  for (const auto& paths :
       {std::vector<std::string>{"/one", "/two"}, {"/one/a", "/two/a"}, {"/one", "/two/a"}}) {
    const Error error = refusal({.paths = paths, .id = "n"});
    EXPECT_EQ(error.kind, ErrorKind::invalid);
    EXPECT_NE(error.message.find("/two"), std::string::npos) << error.message;
  }
  EXPECT_EQ(refusal({.paths = {"/one"}, .id = "a:b"}).kind, ErrorKind::invalid);
}

// ---- what cannot be

TEST_F(Directory, APathThatDoesNotExistIsRefused) {
  put("/in/a");
  EXPECT_EQ(refusal({.paths = {"/in", "/nothing"}}).os_code, ENOENT);
  EXPECT_EQ(refusal({.paths = {"/nothing"}}).message, "find /nothing: no such file or directory");
  EXPECT_EQ(refusal({.paths = {}}).kind, ErrorKind::invalid);
  files_->put_special("/pipe");
  EXPECT_EQ(refusal({.paths = {"/pipe"}}).message,
            "/pipe is neither a file nor a folder (`-` reads a pipe)");
}

TEST_F(Directory, ANamedFileThatVanishedIsCounted) {
  put("/a");
  put("/b");
  const auto source = open_directory_source(*files_, {.paths = {"/a", "/b"}});
  EXPECT_TRUE(files_->remove("/a"));
  const auto listing = (*source)->list();
  EXPECT_EQ((*(*listing)->next())->path, "/b");
  EXPECT_FALSE(*(*listing)->next());
  EXPECT_EQ((*listing)->skipped(), (Skipped{{"no longer there", 1}}));
}

TEST_F(Directory, ARootThatVanishedIsAnErrorAfterTheOthersWereListed) {
  put("/one/a");
  put("/two/b");
  const auto source = open_directory_source(*files_, {.paths = {"/one", "/two"}});
  EXPECT_TRUE(files_->rename("/one", "/three"));
  const auto listing = (*source)->list();
  EXPECT_EQ((*(*listing)->next())->path, "/two/b");
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ((*listing)->next().error().os_code, ENOENT);
  }
}

// fault 38 (a link put into the way after the listing)
TEST_F(Directory, AFolderReplacedByALinkIsNotFollowed) {
  put("/in/x/a");
  put("/secret/a");
  const auto source = open_directory_source(*files_, {.paths = {"/in"}});
  const auto listing = (*source)->list();
  const auto object = (*listing)->next();
  EXPECT_TRUE(files_->rename("/in/x", "/gone"));
  files_->put_link("/in/x", "/secret");
  const auto refused = (*source)->open((*object)->path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().os_code, ELOOP);
}

TEST_F(Directory, ACopyIsAnotherIdentity) {
  put("/in/a");
  put("/in/copy of a");
  EXPECT_EQ(list({.paths = {"/in"}}).identities, (Names{"path:/in/a", "path:/in/copy of a"}));
}

}  // namespace
}  // namespace weir
