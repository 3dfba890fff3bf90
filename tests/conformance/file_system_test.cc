// SPDX-License-Identifier: Apache-2.0
// The contract of FileSystem (io/file_system.h), held against every implementation:
//
//   files       written once, from the start; read at any offset, by anybody, again and again; an
//               open file stays what it was, whatever happens to its name
//   names       created exclusively, renamed over others, removed; bytes, not text
//   folders     listed in no order, each entry once, though they change meanwhile
//   confinement open and list never leave their root, never follow a link below it, never wait
//   errors      errno in os_code; the kind says whether trying again can help; messages are escaped
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <set>
#include <thread>

#include "support/file_worlds.h"
#include "support/hostile_names.h"

namespace weir::testing {
namespace {

class FileSystemContract : public ::testing::TestWithParam<NamedFileWorld> {
 protected:
  FileSystem& files() { return world_->files(); }
  FileWorld& world() { return *world_; }
  std::string at(const std::string& relative) { return world_->at(relative); }

  std::string read(const std::string& relative) {
    auto file = files().open(world_->folder(), relative);
    return file ? read_all(**file) : "error: " + file.error().message;
  }
  static std::string read_all(ReadFile& file) {
    std::string bytes(1000, '?');
    const auto got = file.read_at(0, bytes);
    return got ? bytes.substr(0, *got) : "error: " + got.error().message;
  }
  std::map<std::string, FileKind> listed(const std::string& relative = "") {
    std::map<std::string, FileKind> found;
    auto cursor = files().list(world_->folder(), relative);
    EXPECT_TRUE(cursor);
    for (auto entry = (*cursor)->next(); entry && *entry; entry = (*cursor)->next()) {
      EXPECT_TRUE(found.emplace((*entry)->name, (*entry)->kind).second);
    }
    return found;
  }
  void write(const std::string& relative, const std::string& bytes) {
    auto file = files().create(at(relative));
    ASSERT_TRUE(file);
    EXPECT_TRUE((*file)->write(bytes));
  }

 private:
  const std::unique_ptr<FileWorld> world_ = GetParam().make();
};

template <class T>
int code(const Result<T>& result) {
  return result ? 0 : result.error().os_code;
}

template <class T>
void expect_missing(const Result<T>& result) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::invalid);
  EXPECT_EQ(result.error().os_code, ENOENT);
}

template <class T>
void expect_refused(const Result<T>& result) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::invalid) << result.error().message;
  EXPECT_NE(result.error().os_code, 0);
}

// ---- files

TEST_P(FileSystemContract, WhatIsWrittenIsRead) {
  auto file = files().create(at("day.txt"));
  ASSERT_TRUE(file);
  EXPECT_TRUE((*file)->write(std::string("12 ")));
  EXPECT_TRUE((*file)->write(std::string()));
  EXPECT_TRUE((*file)->write(std::string("34\n\0x", 5)));
  EXPECT_TRUE((*file)->sync());
  EXPECT_TRUE((*file)->write(std::string("y")));
  EXPECT_EQ(read("day.txt"), std::string("12 34\n\0xy", 9));
}

TEST_P(FileSystemContract, ReadsStartAnywhereAndEndWithTheFile) {
  write("a", "0123456789");
  auto file = files().open(world().folder(), "a");
  ASSERT_TRUE(file);
  std::string into(4, '?');
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(*(*file)->read_at(3, into), 4U);
    EXPECT_EQ(into, "3456");
  }
  EXPECT_EQ(*(*file)->read_at(8, into), 2U);
  EXPECT_EQ(into, "8956");
  EXPECT_EQ(*(*file)->read_at(10, into), 0U);
  EXPECT_EQ(*(*file)->read_at(1ULL << 40, into), 0U);
  EXPECT_EQ(*(*file)->read_at(0, std::span<char>()), 0U);
}

TEST_P(FileSystemContract, ManyThreadsReadOneFile) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) {
    bytes += std::to_string(i) + "\n";
  }
  world().put(at("a"), bytes);
  auto file = files().open(world().folder(), "a");
  ASSERT_TRUE(file);
  std::vector<std::string> seen(4, std::string(bytes.size(), '?'));
  std::vector<std::thread> readers;
  for (std::string& mine : seen) {
    readers.emplace_back([&] {
      for (std::size_t offset = 0; offset < bytes.size(); offset += 97) {
        const std::size_t count = std::min<std::size_t>(97, bytes.size() - offset);
        EXPECT_EQ(*(*file)->read_at(offset, std::span(mine).subspan(offset, count)), count);
      }
    });
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(seen, std::vector<std::string>(4, bytes));
}

TEST_P(FileSystemContract, AnOpenFileOutlivesItsName) {
  write("removed", "one");
  write("renamed", "two");
  write("replaced", "three");
  auto removed = files().open(world().folder(), "removed");
  auto renamed = files().open(world().folder(), "renamed");
  auto replaced = files().open(world().folder(), "replaced");
  ASSERT_TRUE(removed && renamed && replaced);
  EXPECT_TRUE(files().remove(at("removed")));
  EXPECT_TRUE(files().rename(at("renamed"), at("replaced")));
  EXPECT_EQ(read_all(**removed), "one");
  EXPECT_EQ(read_all(**renamed), "two");
  EXPECT_EQ(read_all(**replaced), "three");
  EXPECT_EQ(read("replaced"), "two");
  EXPECT_EQ((*replaced)->status()->size, 5U);
}

TEST_P(FileSystemContract, StatusTellsVersionsApart) {
  write("a", "12 3\n");
  write("b", "12 3\n");
  const auto first = files().status(at("a"));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind, FileKind::regular);
  EXPECT_EQ(first->size, 5U);
  EXPECT_NE(first->inode, files().status(at("b"))->inode);
  EXPECT_EQ(first->device, files().status(at("b"))->device);
  EXPECT_EQ(*first, *files().status(at("a")));
  EXPECT_EQ(*first, *(*files().open(world().folder(), "a"))->status());

  world().append(at("a"), "4 5\n");
  const auto second = files().status(at("a"));
  EXPECT_EQ(second->size, 9U);
  EXPECT_EQ(second->inode, first->inode);
  EXPECT_GE(second->modified, first->modified);

  world().set_modified(at("a"), 77'000'000'005);
  EXPECT_EQ(files().status(at("a"))->modified, 77'000'000'005);
  EXPECT_GE(files().status(at("a"))->changed, first->changed);
}

TEST_P(FileSystemContract, TimesOutOfTheOrdinaryAreKept) {
  write("a", "");
  for (const Nanoseconds time : {Nanoseconds{0}, Nanoseconds{4'102'444'800'000'000'000}}) {
    world().set_modified(at("a"), time);
    EXPECT_EQ(files().status(at("a"))->modified, time);
  }
}

// ---- names

TEST_P(FileSystemContract, CreateIsExclusive) {
  write("a", "one");
  EXPECT_TRUE(files().make_folder(at("folder")));
  world().put_link(at("link"), at("nowhere"));
  for (const char* name : {"a", "folder", "link"}) {
    EXPECT_EQ(code(files().create(at(name))), EEXIST);
  }
  EXPECT_EQ(read("a"), "one");
  expect_missing(files().status(at("nowhere")));
  expect_missing(files().create(at("no/such/folder/a")));
  EXPECT_EQ(code(files().create(at("a/b"))), ENOTDIR);
}

TEST_P(FileSystemContract, RenameReplacesAndMovesBetweenFolders) {
  EXPECT_TRUE(files().make_folder(at("x")));
  EXPECT_TRUE(files().make_folder(at("y")));
  write("x/a", "new");
  write("y/a", "old");
  const auto inode = files().status(at("x/a"))->inode;
  EXPECT_TRUE(files().rename(at("x/a"), at("y/a")));
  EXPECT_EQ(read("y/a"), "new");
  EXPECT_EQ(files().status(at("y/a"))->inode, inode);
  expect_missing(files().status(at("x/a")));
  expect_missing(files().rename(at("x/a"), at("y/b")));
  EXPECT_TRUE(files().rename(at("y/a"), at("y/a")));
  EXPECT_EQ(read("y/a"), "new");

  EXPECT_EQ(code(files().rename(at("y/a"), at("x"))), EISDIR);
  EXPECT_EQ(code(files().rename(at("x"), at("y/a"))), ENOTDIR);
  EXPECT_EQ(code(files().rename(at("x"), at("y"))), ENOTEMPTY);
  EXPECT_EQ(code(files().rename(at("y"), at("y/inside"))), EINVAL);
  EXPECT_TRUE(files().rename(at("y"), at("x")));
  EXPECT_EQ(read("x/a"), "new");
}

TEST_P(FileSystemContract, RenameNewNeverReplaces) {
  EXPECT_TRUE(files().make_folder(at("x")));
  write("a", "one");
  write("b", "two");
  world().put_link(at("link"), "nowhere");
  for (const char* taken : {"b", "x", "link", "a"}) {
    const auto refused = files().rename_new(at("a"), at(taken));
    ASSERT_FALSE(refused) << taken;
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    EXPECT_EQ(refused.error().os_code, EEXIST);
  }
  EXPECT_EQ(read("a"), "one");
  EXPECT_EQ(read("b"), "two");
  expect_missing(files().rename_new(at("missing"), at("b")));
  expect_missing(files().rename_new(at("a"), at("no/such/folder")));
  EXPECT_EQ(code(files().rename_new(at("x"), at("x/inside"))), EINVAL);
  const auto inode = files().status(at("a"))->inode;
  EXPECT_TRUE(files().rename_new(at("a"), at("x/c")));
  EXPECT_EQ(files().status(at("x/c"))->inode, inode);
  expect_missing(files().status(at("a")));
  EXPECT_TRUE(files().rename_new(at("x"), at("y")));
  EXPECT_EQ(read("y/c"), "one");
}

TEST_P(FileSystemContract, RemoveTakesFilesLinksAndEmptyFolders) {
  EXPECT_TRUE(files().make_folder(at("x")));
  write("x/a", "");
  world().put_link(at("link"), at("x"));
  EXPECT_TRUE(files().remove(at("link")));
  EXPECT_EQ(code(files().remove(at("x"))), ENOTEMPTY);
  EXPECT_TRUE(files().remove(at("x/a")));
  EXPECT_TRUE(files().remove(at("x")));
  EXPECT_TRUE(listed().empty());
  expect_missing(files().remove(at("x")));
}

TEST_P(FileSystemContract, MakingAFolderTwiceIsNoError) {
  EXPECT_TRUE(files().make_folder(at("x")));
  EXPECT_TRUE(files().make_folder(at("x")));
  EXPECT_EQ(files().status(at("x"))->kind, FileKind::folder);
  write("a", "");
  EXPECT_EQ(code(files().make_folder(at("a"))), EEXIST);
  expect_missing(files().make_folder(at("no/such")));
  EXPECT_TRUE(files().sync_folder(at("x")));
  EXPECT_EQ(code(files().sync_folder(at("a"))), ENOTDIR);
  expect_missing(files().sync_folder(at("y")));
}

TEST_P(FileSystemContract, CanonicalIsOneNameForEveryWayToAFile) {
  EXPECT_TRUE(files().make_folder(at("x")));
  write("x/a", "");
  world().put_link(at("direct"), at("x/a"));
  world().put_link(at("folder"), "x/../x/.");
  world().put_link(at("loop"), "loop");
  for (const char* way : {"x/a", "x//./a", "x/../x/a", "direct", "folder/a"}) {
    const auto found = files().canonical(at(way));
    ASSERT_TRUE(found) << way;
    EXPECT_EQ(*found, at("x/a"));
  }
  EXPECT_EQ(*files().canonical(at("folder")), at("x"));
  EXPECT_EQ(*files().canonical("/"), "/");
  EXPECT_EQ(code(files().canonical(at("loop"))), ELOOP);
  expect_missing(files().canonical(at("nothing")));
  expect_missing(files().canonical(""));
}

// ---- who writes, and where it lies

// fault 44 (the look itself)
TEST_P(FileSystemContract, WhoHasAFileOpenForWritingIsTold) {
  write("a", "");
  if (*files().writers(world().folder(), "a") == Writers::unknown) {
    GTEST_SKIP() << "this file system has no leases";
  }
  auto writer = files().create(at("b"));
  ASSERT_TRUE(writer);
  EXPECT_EQ(*files().writers(world().folder(), "b"), Writers::some);
  EXPECT_TRUE((*writer)->write(std::string("12 3\n")));
  EXPECT_TRUE(files().rename(at("b"), at("c")));
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(*files().writers(world().folder(), "c"), Writers::some);
    EXPECT_EQ(*files().writers(world().folder(), "a"), Writers::none);
  }
  writer->reset();
  const auto reader = files().open(world().folder(), "c");
  EXPECT_EQ(*files().writers(world().folder(), "c"), Writers::none);
  world().append(at("c"), "4 5\n");
  EXPECT_EQ(*files().writers(world().folder(), "c"), Writers::none);
}

// fault 38 (the same refusals as for opening)
TEST_P(FileSystemContract, WhoWritesIsToldOfRegularFilesWithinTheRootOnly) {
  EXPECT_TRUE(files().make_folder(at("root")));
  write("outside", "");
  world().put_link(at("root/link"), at("outside"));
  world().put_pipe(at("root/pipe"));
  for (const char* name : {"link", "pipe", "", "../outside"}) {
    expect_refused(files().writers(at("root"), name));
  }
  expect_missing(files().writers(at("root"), "nothing"));
}

TEST_P(FileSystemContract, EverythingLiesSomewhere) {
  EXPECT_TRUE(files().make_folder(at("x")));
  write("x/a", "");
  world().put_link(at("link"), "x");
  const auto place = files().place(world().folder());
  ASSERT_TRUE(place);
  EXPECT_FALSE(place->type.empty());
  for (const char* name : {"x", "x/a", "link/a"}) {
    EXPECT_EQ(*files().place(at(name)), *place);
  }
  expect_missing(files().place(at("nothing")));
}

// ---- folders

TEST_P(FileSystemContract, AListingShowsEveryEntryWithItsKind) {
  EXPECT_TRUE(listed().empty());
  write("file", "");
  EXPECT_TRUE(files().make_folder(at("folder")));
  write("folder/inner", "");
  world().put_link(at("link"), "file");
  world().put_pipe(at("pipe"));
  EXPECT_EQ(listed(), (std::map<std::string, FileKind>{{"file", FileKind::regular},
                                                       {"folder", FileKind::folder},
                                                       {"link", FileKind::symlink},
                                                       {"pipe", FileKind::other}}));
  EXPECT_EQ(listed("folder"), (std::map<std::string, FileKind>{{"inner", FileKind::regular}}));
  expect_missing(files().list(world().folder(), "nothing"));
  EXPECT_EQ(code(files().list(world().folder(), "file")), ENOTDIR);
  EXPECT_EQ(code(files().list(at("file"), "")), ENOTDIR);
}

// fault 41 (a folder that is removed while it is listed)
TEST_P(FileSystemContract, AFolderRemovedWhileItIsListedComesToAnEnd) {
  EXPECT_TRUE(files().make_folder(at("x")));
  std::set<std::string> names;
  for (int i = 0; i < 50; ++i) {
    names.insert(std::to_string(i));
    write("x/" + std::to_string(i), "");
  }
  auto cursor = files().list(world().folder(), "x");
  ASSERT_TRUE(cursor);
  EXPECT_TRUE(*(*cursor)->next());
  for (const std::string& name : names) {
    EXPECT_TRUE(files().remove(at("x/" + name)));
  }
  EXPECT_TRUE(files().remove(at("x")));
  auto entry = (*cursor)->next();
  while (entry && *entry) {
    EXPECT_EQ(names.count((*entry)->name), 1U);
    entry = (*cursor)->next();
  }
  EXPECT_TRUE(entry) << entry.error().message;
}

// ---- confinement

// fault 38
TEST_P(FileSystemContract, OnlyRegularFilesAreOpenedAndNothingIsWaitedFor) {
  EXPECT_TRUE(files().make_folder(at("folder.txt")));
  write("file", "");
  world().put_link(at("link"), "file");
  world().put_link(at("loop"), "loop");
  world().put_pipe(at("pipe"));
  for (const char* name : {"folder.txt", "link", "loop", "pipe", ""}) {
    expect_refused(files().open(world().folder(), name));
  }
  EXPECT_EQ(code(files().open(world().folder(), "folder.txt")), EISDIR);
  EXPECT_EQ(code(files().open(world().folder(), "link")), ELOOP);
  expect_missing(files().open(world().folder(), "nothing"));
  EXPECT_EQ(code(files().open(world().folder(), "file/below")), ENOTDIR);
}

// fault 38
TEST_P(FileSystemContract, NoPathLeavesItsRoot) {
  EXPECT_TRUE(files().make_folder(at("root")));
  EXPECT_TRUE(files().make_folder(at("root/inner")));
  write("outside", "secret");
  write("root/inside", "fine");
  world().put_link(at("root/up"), "..");
  world().put_link(at("root/out"), at("outside"));
  world().put_link(at("root/self"), ".");
  for (const char* way : {"../outside", "inner/../../outside", "up/outside", "out", "..",
                          "self/inside", "inner/.."}) {
    expect_refused(files().open(at("root"), way));
    expect_refused(files().list(at("root"), way));
  }
  expect_refused(files().open(at("root"), at("outside")));
  expect_refused(files().open(at("root"), std::string("inside\0x", 8)));
  EXPECT_TRUE(files().open(at("root"), "inside"));
  expect_refused(files().open(at("root"), "./inner/../inside"));
}

TEST_P(FileSystemContract, LinksInTheRootItselfAreFollowed) {
  EXPECT_TRUE(files().make_folder(at("real")));
  write("real/a", "one");
  world().put_link(at("root"), "real");
  auto file = files().open(at("root"), "a");
  ASSERT_TRUE(file);
  EXPECT_EQ(read_all(**file), "one");
  EXPECT_TRUE(files().list(at("root"), ""));
  expect_missing(files().open(at("no such root"), "a"));
  EXPECT_EQ(code(files().open(at("real/a"), "b")), ENOTDIR);
  EXPECT_TRUE(files().open("/", at("real/a").substr(1)));
}

// ---- bytes

// fault 40
TEST_P(FileSystemContract, NamesAreBytes) {
  std::map<std::string, FileKind> expected;
  for (const std::string& name : hostile_names()) {
    write(name + ".new", name);
    EXPECT_TRUE(files().rename(at(name + ".new"), at(name)));
    EXPECT_EQ(read(name), name);
    EXPECT_EQ(*files().canonical(at(name)), at(name));
    EXPECT_EQ(files().status(at(name))->size, name.size());
    expected.emplace(name, FileKind::regular);
  }
  EXPECT_EQ(listed(), expected);
  for (const std::string& name : hostile_names()) {
    EXPECT_TRUE(files().remove(at(name)));
  }
  EXPECT_TRUE(listed().empty());
}

// fault 40
TEST_P(FileSystemContract, NamesThatCannotBeAreRefused) {
  write("a", "one");
  const std::string cut = at(std::string("a\0b", 3));
  expect_refused(files().create(cut));
  expect_refused(files().status(cut));
  expect_refused(files().canonical(cut));
  expect_refused(files().remove(cut));
  expect_refused(files().rename(cut, at("b")));
  expect_refused(files().rename(at("a"), cut));
  expect_refused(files().rename_new(cut, at("b")));
  expect_refused(files().rename_new(at("a"), cut));
  expect_refused(files().writers(cut, ""));
  expect_refused(files().place(cut));
  expect_refused(files().make_folder(cut));
  expect_refused(files().sync_folder(cut));
  EXPECT_EQ(read("a"), "one");
  write(std::string(255, 'x'), "");
  EXPECT_EQ(code(files().create(at(std::string(256, 'x')))), ENAMETOOLONG);
}

TEST_P(FileSystemContract, MessagesNameTheFileInSafeLetters) {
  const auto found = files().open(world().folder(), "no\x1b[31m\nday.txt");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message,
            "open " + world().folder() + "/no\\x1b[31m\\nday.txt: no such file or directory");
}

INSTANTIATE_TEST_SUITE_P(Every, FileSystemContract, ::testing::ValuesIn(file_worlds()),
                         [](const auto& world) { return world.param.name; });

}  // namespace
}  // namespace weir::testing
