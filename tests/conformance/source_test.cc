// SPDX-License-Identifier: Apache-2.0
// The contract of Source (source/source.h), held against every implementation:
//
//   listing   every object once, with the token that opening it gives; repeatable; objects that
//             come and go meanwhile are no error
//   opening   bytes of one version, never beyond its size, however the object changes
//   pin       succeeds while nothing changed, and while the name is gone; else says how it changed
//
// A further implementation joins by a SourceWorld of its own.
#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <thread>

#include "base/check.h"
#include "base/random.h"
#include "source/directory.h"
#include "source/faulty.h"
#include "support/file_worlds.h"
#include "support/hostile_names.h"

namespace weir::testing {
namespace {

// A source, and what the world does to its objects. Names are relative to the source.
class SourceWorld {
 public:
  SourceWorld(std::unique_ptr<FileWorld> world, const std::string& id, bool wrapped)
      : world_(std::move(world)) {
    auto opened = open_directory_source(world_->files(), {.paths = {world_->folder()}, .id = id});
    CHECK(opened);
    source_ = *std::move(opened);
    if (wrapped) {
      faulty_ = faulty_source(*source_, *random_, {});
    }
  }

  Source& source() { return faulty_ ? *faulty_ : *source_; }

  void put(const std::string& name, const std::string& bytes) { world_->put(at(name), bytes); }
  void append(const std::string& name, const std::string& more) { world_->append(at(name), more); }
  void truncate(const std::string& name, std::uint64_t size) { world_->truncate(at(name), size); }
  void remove(const std::string& name) { CHECK(world_->files().remove(at(name))); }
  void rename(const std::string& from, const std::string& to) {
    CHECK(world_->files().rename(at(from), at(to)));
  }
  // In place, and later: a disk's clock ticks only every few milliseconds.
  void rewrite(const std::string& name, const std::string& bytes) {
    const auto before = world_->files().status(at(name))->modified;
    world_->put(at(name), bytes);
    world_->set_modified(at(name), before + 1'000'000'000);
  }
  // In place and of the same size, with the time set back, ctime being what it is.
  void forge(const std::string& name, const std::string& bytes) {
    const auto before = *world_->files().status(at(name));
    do {
      world_->put(at(name), bytes);
      world_->set_modified(at(name), before.modified);
    } while (world_->files().status(at(name))->changed == before.changed);
  }

 private:
  std::string at(const std::string& name) const { return world_->at(name); }

  const std::unique_ptr<FileWorld> world_;
  const std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Source> source_;
  std::unique_ptr<Source> faulty_;
};

struct NamedSourceWorld {
  std::string name;
  std::function<std::unique_ptr<SourceWorld>()> make;
};
void PrintTo(const NamedSourceWorld& world, std::ostream* out) {
  *out << world.name;
}

std::unique_ptr<SourceWorld> over(std::unique_ptr<FileWorld> files, const std::string& id = "",
                                  bool wrapped = false) {
  return std::make_unique<SourceWorld>(std::move(files), id, wrapped);
}

class SourceContract : public ::testing::TestWithParam<NamedSourceWorld> {
 protected:
  Source& source() { return world_->source(); }
  SourceWorld& world() { return *world_; }

  std::vector<SourceObject> listed() {
    std::vector<SourceObject> objects;
    auto listing = source().list();
    CHECK(listing);
    auto object = (*listing)->next();
    for (; object && *object; object = (*listing)->next()) {
      objects.push_back(**object);
    }
    EXPECT_TRUE(object);
    return objects;
  }
  SourceObject only() {
    const auto objects = listed();
    CHECK(objects.size() == 1);
    return objects.front();
  }
  std::unique_ptr<SourceFile> opened(const std::string& path) {
    auto file = source().open(path);
    CHECK(file);
    return *std::move(file);
  }

 private:
  const std::unique_ptr<SourceWorld> world_ = GetParam().make();
};

Result<std::string> read_all(SourceFile& file) {
  std::string bytes(1000, '?');
  TRY_ASSIGN(const std::size_t got, file.read_at(0, bytes));
  return bytes.substr(0, got);
}

void expect_conflict(const Result<void>& pinned, const std::string& word) {
  ASSERT_FALSE(pinned);
  EXPECT_EQ(pinned.error().kind, ErrorKind::conflict);
  EXPECT_NE(pinned.error().message.find(word), std::string::npos) << pinned.error().message;
}

// ---- listing

TEST_P(SourceContract, EveryObjectIsListedOnceAndOpens) {
  EXPECT_TRUE(listed().empty());
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 30; ++i) {
    const std::string bytes = std::string(static_cast<std::size_t>(i), 'x');
    world().put("day " + std::to_string(i), bytes);
    expected.emplace("day " + std::to_string(i), bytes);
  }
  for (int again = 0; again < 2; ++again) {
    std::map<std::string, std::string> found;
    std::map<std::string, int> identities;
    for (const SourceObject& object : listed()) {
      const auto file = opened(object.path);
      EXPECT_EQ(file->token(), object.token);
      EXPECT_EQ(object.token.size, file->status()->size);
      EXPECT_EQ(++identities[object.identity], 1);
      found.emplace(object.path.substr(object.path.rfind('/') + 1), *read_all(*file));
    }
    EXPECT_EQ(found, expected);
  }
}

TEST_P(SourceContract, AnObjectThatIsLookedAtIsWhatAListingShows) {
  for (const char* name : {"a", "b c", "d"}) {
    world().put(name, name);
  }
  for (const SourceObject& listed : listed()) {
    const auto object = source().look(listed.path);
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_EQ(object->identity, listed.identity);
    EXPECT_EQ(object->path, listed.path);
    EXPECT_EQ(object->token, listed.token);
    EXPECT_EQ(object->changed, listed.changed);
    EXPECT_NE(object->changed, 0);
  }
}

TEST_P(SourceContract, AChangeOfStatusIsShownThoughTheTokenStays) {
  world().put("a", "12 3\n");
  const SourceObject before = only();
  world().forge("a", "45 6\n");
  const auto after = source().look(before.path);
  EXPECT_EQ(after->token, before.token);
  EXPECT_GT(after->changed, before.changed);
  EXPECT_EQ(only().changed, after->changed);
}

TEST_P(SourceContract, AnIdentityStaysAndATokenDoesNot) {
  world().put("a", "12 3\n");
  const SourceObject first = only();
  EXPECT_EQ(only().token, first.token);
  world().rewrite("a", "45 6\n");
  const SourceObject second = only();
  EXPECT_EQ(second.identity, first.identity);
  EXPECT_NE(second.token, first.token);
  world().append("a", "7 8\n");
  EXPECT_EQ(only().identity, first.identity);
  EXPECT_NE(only().token, second.token);
}

TEST_P(SourceContract, ObjectsMayComeAndGoWhileTheyAreListed) {
  for (int i = 0; i < 20; ++i) {
    world().put(std::to_string(i), "");
  }
  auto listing = source().list();
  ASSERT_TRUE(*(*listing)->next());
  for (int i = 0; i < 20; ++i) {
    world().remove(std::to_string(i));
    world().put("new " + std::to_string(i), "");
  }
  std::map<std::string, int> seen;
  auto object = (*listing)->next();
  for (; object && *object; object = (*listing)->next()) {
    EXPECT_EQ(++seen[(*object)->identity], 1);
  }
  EXPECT_TRUE(object);
  EXPECT_EQ(listed().size(), 20U);
}

TEST_P(SourceContract, TheEndOfAListingStays) {
  auto listing = source().list();
  for (int again = 0; again < 3; ++again) {
    const auto end = (*listing)->next();
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
  }
  EXPECT_TRUE((*listing)->skipped().empty());
}

// fault 40
TEST_P(SourceContract, NamesAreBytes) {
  std::map<std::string, int> expected;
  for (const std::string& name : hostile_names()) {
    if (!name.starts_with('.')) {
      world().put(name, name);
      expected[name] = 1;
    }
  }
  std::map<std::string, int> found;
  for (const SourceObject& object : listed()) {
    ++found[*read_all(*opened(object.path))];
    EXPECT_TRUE(object.identity.ends_with(object.path.substr(object.path.rfind('/') + 1)));
  }
  EXPECT_EQ(found, expected);
}

// ---- opening

// fault 33 (not opened in time: it is missing)
TEST_P(SourceContract, WhatIsGoneSaysSo) {
  world().put("a", "12 3\n");
  const SourceObject object = only();
  world().remove("a");
  const auto gone = source().open(object.path);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::invalid);
  EXPECT_EQ(gone.error().os_code, ENOENT);
  const auto unseen = source().look(object.path);
  ASSERT_FALSE(unseen);
  EXPECT_EQ(unseen.error().kind, ErrorKind::invalid);
  EXPECT_EQ(unseen.error().os_code, ENOENT);
  EXPECT_TRUE(listed().empty());
}

TEST_P(SourceContract, WhatIsNotOfTheSourceIsRefused) {
  for (const char* path : {"/etc/passwd", "../a", "", "/"}) {
    const auto refused = source().open(path);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_EQ(source().look(path).error().kind, ErrorKind::invalid) << path;
  }
}

TEST_P(SourceContract, ManyThreadsReadOneFile) {
  const std::string bytes(10'000, 'x');
  world().put("a", bytes);
  const auto file = opened(only().path);
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 4; ++reader) {
    readers.emplace_back([&] {
      std::string into(7, '?');
      for (std::uint64_t offset = 0; offset + 7 <= bytes.size(); offset += 7) {
        EXPECT_EQ(*file->read_at(offset, into), 7U);
        EXPECT_EQ(into, "xxxxxxx");
      }
      EXPECT_TRUE(file->still_pinned());
    });
  }
  for (std::thread& reader : readers) {
    reader.join();
  }
}

// ---- the pin

TEST_P(SourceContract, AnUntouchedFileStaysPinned) {
  world().put("a", "12 3\n");
  const auto file = opened(only().path);
  world().put("b", "another");
  for (int again = 0; again < 3; ++again) {
    EXPECT_TRUE(file->still_pinned());
    EXPECT_EQ(*read_all(*file), "12 3\n");
  }
}

// fault 28
TEST_P(SourceContract, ATruncatedFileIsAConflictAtTheReadAndAtThePin) {
  world().put("a", "12 3\n45 6\n");
  const auto file = opened(only().path);
  world().truncate("a", 7);
  const auto bytes = read_all(*file);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().kind, ErrorKind::conflict);
  std::string into(5, '?');
  EXPECT_EQ(*file->read_at(0, into), 5U);  // what is there still can be read
  expect_conflict(file->still_pinned(), "became shorter (10 bytes before, 7 now)");
}

// fault 31
TEST_P(SourceContract, WhatIsAppendedIsNeverReadAndIsAConflict) {
  world().put("a", "12 3\n");
  const auto file = opened(only().path);
  world().append("a", "45 6\n");
  EXPECT_EQ(*read_all(*file), "12 3\n");
  std::string into(5, '?');
  EXPECT_EQ(*file->read_at(5, into), 0U);
  EXPECT_EQ(*file->read_at(7, into), 0U);
  expect_conflict(file->still_pinned(), "became longer (5 bytes before, 10 now)");
  EXPECT_EQ(only().token.size, 10U);
}

// fault 32
TEST_P(SourceContract, ARewriteOfTheSameSizeIsAConflict) {
  world().put("a", "12 3\n");
  const auto file = opened(only().path);
  world().rewrite("a", "45 6\n");
  expect_conflict(file->still_pinned(), "was rewritten");
}

// fault 32 (with a forged mtime)
TEST_P(SourceContract, ARewriteWithTheTimeSetBackIsAConflictThatAsksForAnotherReading) {
  world().put("a", "12 3\n");
  const SourceObject before = only();
  const auto file = opened(before.path);
  world().forge("a", "45 6\n");
  EXPECT_EQ(only().token, before.token);  // nothing else tells
  const auto pinned = file->still_pinned();
  expect_conflict(pinned, "time was set back");
  EXPECT_EQ(pinned.error().os_code, EAGAIN);
  EXPECT_TRUE(opened(before.path)->still_pinned());
}

// fault 30
TEST_P(SourceContract, AReplacedFileKeepsItsBytesAndIsAConflict) {
  world().put("a", "12 3\n");
  world().put("new", "45 6\n");
  const auto file =
      opened(listed().front().path.ends_with("a") ? listed().front().path : listed().back().path);
  world().rename("new", "a");
  EXPECT_EQ(*read_all(*file), "12 3\n");
  expect_conflict(file->still_pinned(), "was replaced by another file");
  EXPECT_EQ(*read_all(*opened(only().path)), "45 6\n");
}

// fault 33
TEST_P(SourceContract, ADeletedFileThatIsOpenCanBeFinished) {
  world().put("a", "12 3\n");
  const auto file = opened(only().path);
  world().remove("a");
  EXPECT_EQ(*read_all(*file), "12 3\n");
  EXPECT_TRUE(file->still_pinned());
}

// fault 34 (moved away while it is read; what shows up under the new name is another identity)
TEST_P(SourceContract, AFileMovedAwayCanBeFinished) {
  world().put("a", "12 3\n");
  const SourceObject before = only();
  const auto file = opened(before.path);
  world().rename("a", "b");
  EXPECT_EQ(*read_all(*file), "12 3\n");
  EXPECT_TRUE(file->still_pinned());
  EXPECT_NE(only().identity, before.identity);
  EXPECT_EQ(only().token, before.token);
}

TEST_P(SourceContract, AFileMovedAwayAndChangedIsAConflict) {
  world().put("a", "12 3\n");
  const auto file = opened(only().path);
  world().rename("a", "b");
  world().truncate("b", 3);
  expect_conflict(file->still_pinned(), "became shorter");
}

// faults 36, 37 (the new file is told from the old one, whatever its inode)
TEST_P(SourceContract, ANameUsedAgainIsAnotherVersion) {
  world().put("a", "12 3\n");
  const SourceObject before = only();
  {
    const auto file = opened(before.path);
    world().remove("a");
    world().put("a", "45 6\n");
    expect_conflict(file->still_pinned(), "was replaced by another file");
  }
  world().rewrite("a", "45 6\n");  // a later time: the disk may give the old inode again
  EXPECT_EQ(only().identity, before.identity);
  EXPECT_NE(only().token, before.token);
}

std::vector<NamedSourceWorld> source_worlds() {
  return {{"Directory", [] { return over(disk_world()); }},
          {"DirectoryWithAnId", [] { return over(disk_world(), "billing-eu"); }},
          {"Memory", [] { return over(memory_world()); }},
          {"FaultyWithoutFaults", [] { return over(memory_world(), "", true); }}};
}

INSTANTIATE_TEST_SUITE_P(Every, SourceContract, ::testing::ValuesIn(source_worlds()),
                         [](const auto& world) { return world.param.name; });

}  // namespace
}  // namespace weir::testing
