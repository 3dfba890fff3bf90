// SPDX-License-Identifier: Apache-2.0
// Which object a path means to a directory source, and which paths mean none.
#include <gtest/gtest.h>

#include <cerrno>
#include <map>

#include "io/faulty.h"
#include "io/memory.h"
#include "source/directory.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

class DirectoryLook : public ::testing::Test {
 protected:
  void put(const std::string& path) { files_->put(path, "12 3\n"); }

  Result<SourceObject> look(const DirectorySourceOptions& options, const std::string& path) {
    const auto source = open_directory_source(*files_, options);
    EXPECT_TRUE(source) << source.error().message;
    return (*source)->look(path);
  }
  std::string path_of(const DirectorySourceOptions& options, const std::string& path) {
    const auto object = look(options, path);
    return object ? object->path : "error: " + object.error().message;
  }

  testing::ManualClock clock_;
  const std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
};

// ---- which object

TEST_F(DirectoryLook, APathIsAbsoluteOrBelowTheOneFolder) {
  put("/in/x/a");
  put("/other/b");
  for (const char* path : {"/in/x/a", "//in/./x//a", "x/a", "./x/a"}) {
    EXPECT_EQ(path_of({.paths = {"/in"}}, path), "/in/x/a") << path;
    EXPECT_EQ(path_of({.paths = {"/in", "/in/x"}}, path), "/in/x/a") << path;
  }
  EXPECT_EQ(path_of({.paths = {"/in", "/other"}}, "/in/x/a"), "/in/x/a");
  EXPECT_EQ(path_of({.paths = {"/in", "/other"}}, "x/a"),
            "error: look at x/a: there is more than one folder: give its absolute path");
  EXPECT_EQ(path_of({.paths = {"/"}}, "/in/x/a"), "/in/x/a");
  EXPECT_EQ(path_of({.paths = {"/"}}, "in/x/a"), "/in/x/a");
}

TEST_F(DirectoryLook, WithAnIdItIsShownBelowTheFolder) {
  put("/in/x/a");
  for (const char* path : {"/in/x/a", "x/a"}) {
    const auto object = look({.paths = {"/in"}, .id = "n"}, path);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->path, "x/a");
    EXPECT_EQ(object->identity, "id:n:x/a");
  }
  EXPECT_EQ(path_of({.paths = {"/in/x/a"}, .id = "n"}, "a"), "a");
}

TEST_F(DirectoryLook, AFolderGivenByALinkIsKnownByThatNameToo) {
  put("/real/x/a");
  files_->put_link("/link", "real");
  files_->put_link("/file", "real/x/a");
  EXPECT_EQ(path_of({.paths = {"/link"}}, "/link/x/a"), "/real/x/a");
  EXPECT_EQ(path_of({.paths = {"/link/"}}, "/link/x/a"), "/real/x/a");
  EXPECT_EQ(path_of({.paths = {"/link"}}, "/real/x/a"), "/real/x/a");
  EXPECT_EQ(path_of({.paths = {"/file"}}, "/file"), "/real/x/a");
}

TEST_F(DirectoryLook, ANamedFileIsTakenWhateverItsName) {
  put("/in/.a.tmp");
  EXPECT_EQ(path_of({.paths = {"/in/.a.tmp"}}, "/in/.a.tmp"), "/in/.a.tmp");
  EXPECT_EQ(path_of({.paths = {"/in", "/in/.a.tmp"}}, ".a.tmp"), "/in/.a.tmp");
}

TEST_F(DirectoryLook, AHiddenFolderIsPassedOverUnlessItIsNamed) {
  put("/in/.h/a");
  EXPECT_EQ(path_of({.paths = {"/in"}}, "/in/.h/a"),
            "error: look at /in/.h/a: it is passed over: temporary name");
  EXPECT_EQ(path_of({.paths = {"/in", "/in/.h"}}, "/in/.h/a"), "/in/.h/a");
}

// ---- none

TEST_F(DirectoryLook, WhatAListingPassesOverIsRefusedInTheSameWords) {
  for (const char* path : {"/in/a.tmp", "/in/.hidden", "/in/weir.db", "/in/notes.md",
                           "/in/x.part/a.txt", "/in/weir-spill-1/a.txt"}) {
    put(path);
  }
  files_->put_special("/in/pipe.txt");
  files_->put_link("/in/link.txt", "day.txt");
  const DirectorySourceOptions options{.paths = {"/in"}, .match = "*.txt"};
  std::map<std::string, std::uint64_t> reasons;
  for (const char* name : {"a.tmp", ".hidden", "weir.db", "notes.md", "x.part/a.txt",
                           "weir-spill-1/a.txt", "pipe.txt", "link.txt"}) {
    const auto refused = look(options, name);
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    const std::string& message = refused.error().message;
    ++reasons[message.substr(message.rfind(": ") + 2)];
  }
  const auto source = open_directory_source(*files_, options);
  const auto listing = (*source)->list();
  EXPECT_FALSE(*(*listing)->next());
  EXPECT_EQ(reasons, (*listing)->skipped());
}

TEST_F(DirectoryLook, WhatLiesTooDeepIsRefusedAsAListingPassesOverIt) {
  std::string path = "/in";
  for (std::size_t depth = 1; depth < directory_depth_max; ++depth) {
    path += "/d";
  }
  put(path + "/a");
  put(path + "/d/a");
  EXPECT_EQ(path_of({.paths = {"/in"}}, path + "/a"), path + "/a");
  EXPECT_TRUE(path_of({.paths = {"/in"}}, path + "/d/a").ends_with("deeper than 64 folders"));
  const auto source = open_directory_source(*files_, {.paths = {"/in"}});
  const auto listing = (*source)->list();
  EXPECT_EQ((*(*listing)->next())->path, path + "/a");
  EXPECT_FALSE(*(*listing)->next());
}

// fault 136
TEST_F(DirectoryLook, NoPathLeadsOutside) {
  put("/in/x/a");
  put("/secret/a");
  files_->put_link("/in/out", "/secret");
  files_->put_link("/in/file", "/secret/a");
  files_->put_link("/in/self", ".");
  files_->put_link("/door", "/in");
  for (const char* path : {"/secret/a",
                           "../secret/a",
                           "/in/../secret/a",
                           "x/../../secret/a",
                           "/in/x/../x/a",
                           "..",
                           "/..",
                           "/",
                           "",
                           "/in",
                           "/in/",
                           ".",
                           "/inside/a",
                           "/in/out/a",
                           "out/a",
                           "/in/file",
                           "file",
                           "/in/self/x/a",
                           "/door/x/a",
                           "%2e%2e/secret/a",
                           "/in/x",
                           "/in/x/a/b",
                           "~",
                           "file:///in/x/a"}) {
    const auto refused = look({.paths = {"/in"}}, path);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid) << path;
  }
  EXPECT_EQ(look({.paths = {"/in"}}, "/in/../secret/a").error().message,
            "look at /in/../secret/a: it is not among the files and folders named");
  const std::string cut("/in/x/a\0b", 9);
  EXPECT_EQ(look({.paths = {"/in"}}, cut).error().os_code, EINVAL);
  EXPECT_EQ(look({.paths = {"/in"}}, "/in/out/a").error().message,
            "look at /in/out/a: it is passed over: symbolic link");
}

// fault 136 (a foreign path may lie on a mount that hangs: not even its status is asked for)
TEST_F(DirectoryLook, AForeignPathTouchesNothing) {
  put("/in/a");
  put("/secret/a");
  const auto plan = nth_call_fault({.n = 0});
  const auto counted = faulty_file_system(*files_, *plan);
  const auto source = open_directory_source(*counted, {.paths = {"/in"}});
  const std::uint64_t before = plan->calls_counted();
  for (const char* path : {"/secret/a", "/in/../secret/a", "../secret/a", "/in/a.tmp"}) {
    EXPECT_FALSE((*source)->look(path));
  }
  EXPECT_EQ(plan->calls_counted(), before);
  EXPECT_TRUE((*source)->look("a"));
  EXPECT_GT(plan->calls_counted(), before);
}

TEST_F(DirectoryLook, WhatIsMissingOrDeniedSaysSo) {
  put("/in/x/a");
  EXPECT_EQ(look({.paths = {"/in"}}, "x/b").error().os_code, ENOENT);
  EXPECT_EQ(look({.paths = {"/in"}}, "y/a").error().os_code, ENOENT);
  files_->deny("/in/x", true);
  const auto denied = look({.paths = {"/in"}}, "x/a");
  EXPECT_EQ(denied.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(denied.error().os_code, EACCES);
}

}  // namespace
}  // namespace weir
