// SPDX-License-Identifier: Apache-2.0
// The contract of FolderEvents (io/folder_events.h), held against every file system:
//
//   files     heard when their writer closes them, or when they come by a rename
//   folders   heard when they appear; watched only once they are added; heard when they go
//   waiting   ends with an event, at the deadline, or by wake()
#include "io/folder_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <vector>

#include "support/file_worlds.h"
#include "support/hostile_names.h"

namespace weir {

void PrintTo(const FolderEvent& event, std::ostream* out) {  // gtest's name
  *out << event.folder << " " << event.name << " " << static_cast<int>(event.kind);
}

}  // namespace weir

namespace weir::testing {
namespace {

using Kind = FolderEvent::Kind;
using Heard = std::vector<FolderEvent>;

constexpr Nanoseconds second = 1'000'000'000;

class FolderEventsContract : public ::testing::TestWithParam<NamedFileWorld> {
 protected:
  FolderEventsContract() { add(world().folder()); }

  FileSystem& files() { return world_->files(); }
  FileWorld& world() { return *world_; }
  FolderEvents& events() { return *events_; }
  std::string at(const std::string& relative) { return world_->at(relative); }

  void add(const std::string& folder) {
    const auto added = events_->add(folder);
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_TRUE(*added);
  }
  // All that has happened and was not heard yet.
  Heard heard() { return heard_by(*events_); }
  static Heard heard_by(FolderEvents& events) {
    Heard heard;
    auto event = events.next(0);
    for (; event && *event; event = events.next(0)) {
      heard.push_back(**event);
    }
    EXPECT_TRUE(event);
    return heard;
  }
  FolderEvent told(const std::string& name, Kind kind) {
    return {.folder = world_->folder(), .name = name, .kind = kind};
  }
  FolderEvent gone(const std::string& relative) {
    return {.folder = at(relative), .name = "", .kind = Kind::folder_gone};
  }
  void make(const std::string& relative) { ASSERT_TRUE(files().make_folder(at(relative))); }
  void rename(const std::string& from, const std::string& to) {
    ASSERT_TRUE(files().rename(at(from), at(to)));
  }

 private:
  const std::unique_ptr<FileWorld> world_ = GetParam().make();
  const std::unique_ptr<FolderEvents> events_ = world_->files().events();
};

// ---- files

TEST_P(FolderEventsContract, AFileIsHeardWhenItsWriterClosesIt) {
  auto writer = files().create(at("a"));
  ASSERT_TRUE(writer);
  EXPECT_TRUE((*writer)->write(std::string("12 3\n")));
  EXPECT_TRUE((*writer)->sync());
  EXPECT_EQ(heard(), Heard());
  writer->reset();
  EXPECT_EQ(heard(), Heard({told("a", Kind::written)}));
  world().append(at("a"), "4 5\n");
  EXPECT_EQ(heard(), Heard({told("a", Kind::written)}));
  EXPECT_TRUE(files().open(world().folder(), "a"));
  EXPECT_EQ(heard(), Heard());
}

TEST_P(FolderEventsContract, AFileThatComesByARenameIsWhole) {
  make("x");
  world().put(at("x/a"), "12 3\n");
  EXPECT_EQ(heard(), Heard({told("x", Kind::folder_appeared)}));
  rename("x/a", "a");
  EXPECT_EQ(heard(), Heard({told("a", Kind::appeared_whole)}));
  rename("a", "b");
  EXPECT_EQ(heard(), Heard({told("b", Kind::appeared_whole)}));
  EXPECT_TRUE(files().rename_new(at("b"), at("c")));
  EXPECT_EQ(heard(), Heard({told("c", Kind::appeared_whole)}));
  rename("c", "x/a");
  EXPECT_TRUE(files().remove(at("x/a")));
  EXPECT_EQ(heard(), Heard());
}

TEST_P(FolderEventsContract, AFileThatIsClosedWithoutANameIsNotHeard) {
  auto writer = files().create(at("a"));
  EXPECT_TRUE(files().remove(at("a")));
  writer->reset();
  EXPECT_EQ(heard(), Heard());
}

TEST_P(FolderEventsContract, AFileIsHeardUnderTheNameThatItHasWhenItIsClosed) {
  auto writer = files().create(at("a"));
  EXPECT_TRUE((*writer)->write(std::string("12 3\n")));
  rename("a", "b");
  writer->reset();
  EXPECT_EQ(heard(), Heard({told("b", Kind::appeared_whole), told("b", Kind::written)}));
}

// fault 40
TEST_P(FolderEventsContract, NamesAreBytes) {
  for (const std::string& name : hostile_names()) {
    world().put(at(name), "");
    EXPECT_EQ(heard(), Heard({told(name, Kind::written)}));
  }
}

// ---- folders

TEST_P(FolderEventsContract, AFolderIsHeardAndWhatIsInItOnlyOnceItIsAdded) {
  make("x");
  world().put(at("x/a"), "");
  make("x/y");
  EXPECT_EQ(heard(), Heard({told("x", Kind::folder_appeared)}));
  add(at("x"));
  EXPECT_FALSE(*events().add(at("x")));
  world().put(at("x/b"), "");
  make("x/z");
  const FolderEvent file{.folder = at("x"), .name = "b", .kind = Kind::written};
  const FolderEvent folder{.folder = at("x"), .name = "z", .kind = Kind::folder_appeared};
  EXPECT_EQ(heard(), Heard({file, folder}));
  events().forget(at("x"));
  events().forget(at("nothing"));
  world().put(at("x/c"), "");
  EXPECT_EQ(heard(), Heard());
  add(at("x"));
}

// fault 41 (a folder that is removed and made again is watched again)
TEST_P(FolderEventsContract, AFolderThatIsRemovedIsHeardAndMadeAgainItIsAddedAnew) {
  make("x");
  make("x/y");
  EXPECT_EQ(heard().size(), 1U);
  add(at("x"));
  add(at("x/y"));
  EXPECT_TRUE(files().remove(at("x/y")));
  EXPECT_EQ(heard(), Heard({gone("x/y")}));
  EXPECT_TRUE(files().remove(at("x")));
  EXPECT_EQ(heard(), Heard({gone("x")}));
  make("x");
  EXPECT_EQ(heard(), Heard({told("x", Kind::folder_appeared)}));
  add(at("x"));
  world().put(at("x/a"), "");
  EXPECT_EQ(heard().size(), 1U);
}

TEST_P(FolderEventsContract, AFolderThatIsRenamedTakesAllBelowItAlong) {
  make("x");
  make("x/y");
  make("x y");
  EXPECT_EQ(heard().size(), 2U);
  for (const char* folder : {"x", "x/y", "x y"}) {
    add(at(folder));
  }
  rename("x", "z");
  EXPECT_EQ(heard(), Heard({gone("x"), told("z", Kind::folder_appeared)}));
  world().put(at("z/y/a"), "");
  EXPECT_EQ(heard(), Heard());
  add(at("z"));
  add(at("z/y"));
  world().put(at("z/y/a"), "");
  world().put(at("x y/a"), "");
  EXPECT_EQ(heard(), Heard({{.folder = at("z/y"), .name = "a", .kind = Kind::written},
                            {.folder = at("x y"), .name = "a", .kind = Kind::written}}));
}

TEST_P(FolderEventsContract, AWatchedFolderThatIsRenamedAloneIsHeardToo) {
  make("x");
  events().forget(world().folder());
  EXPECT_EQ(heard(), Heard());
  add(at("x"));
  rename("x", "z");
  EXPECT_EQ(heard(), Heard({gone("x")}));
  make("x");
  add(at("x"));
}

TEST_P(FolderEventsContract, AFolderMayBeAddedUnderItsNewNameBeforeItsMoveIsHeard) {
  make("x");
  make("z");
  add(at("x"));
  add(at("z"));
  rename("z", "x/y");
  add(at("x/y"));
  EXPECT_FALSE(heard().empty());
  world().put(at("x/y/a"), "");
  EXPECT_EQ(heard(), Heard({{.folder = at("x/y"), .name = "a", .kind = Kind::written}}));
}

TEST_P(FolderEventsContract, AFolderThatTookTheNameOfAWatchedOneIsAddedAnew) {
  make("x");
  make("y");
  add(at("x"));
  rename("y", "x");
  add(at("x"));
  EXPECT_FALSE(heard().empty());
  world().put(at("x/a"), "");
  EXPECT_EQ(heard(), Heard({{.folder = at("x"), .name = "a", .kind = Kind::written}}));
}

TEST_P(FolderEventsContract, OnlyFoldersThatAreThereCanBeWatched) {
  world().put(at("file"), "");
  world().put_link(at("link"), ".");
  EXPECT_EQ(events().add(at("nothing")).error().os_code, ENOENT);
  EXPECT_EQ(events().add(at("file")).error().os_code, ENOTDIR);
  EXPECT_EQ(events().add(at("link")).error().os_code, ENOTDIR);
  EXPECT_EQ(events().add(at(std::string("a\0b", 3))).error().kind, ErrorKind::invalid);
}

TEST_P(FolderEventsContract, EveryWatcherHearsForItself) {
  const auto other = files().events();
  EXPECT_TRUE(*other->add(world().folder()));
  world().put(at("a"), "");
  EXPECT_EQ(heard().size(), 1U);
  EXPECT_EQ(heard_by(*other).size(), 1U);
  other->forget(world().folder());
  world().put(at("b"), "");
  EXPECT_EQ(heard().size(), 1U);
  EXPECT_EQ(heard_by(*other).size(), 0U);
}

// ---- waiting

TEST_P(FolderEventsContract, AWaitEndsAtItsDeadline) {
  const Nanoseconds begin = world().clock().monotonic();
  EXPECT_FALSE(*events().next(begin + second / 50));
  // It may end early without cause; then the next one goes on.
  while (world().clock().monotonic() < begin + second / 50) {
    EXPECT_FALSE(*events().next(begin + second / 50));
  }
}

TEST_P(FolderEventsContract, AnEventOfAnotherThreadEndsAWait) {
  const Nanoseconds deadline = world().clock().monotonic() + 60 * second;
  std::thread writer([&] { world().put(at("a"), "12 3\n"); });
  Heard heard;
  while (heard.empty() && world().clock().monotonic() < deadline) {
    if (const auto event = *events().next(deadline)) {
      heard.push_back(*event);
    }
  }
  writer.join();
  EXPECT_EQ(heard, Heard({told("a", Kind::written)}));
}

TEST_P(FolderEventsContract, AWakeUpEndsOneWaitBeforeItOrInIt) {
  const Nanoseconds deadline = world().clock().monotonic() + 60 * second;
  events().wake();
  EXPECT_FALSE(*events().next(deadline));
  std::thread person([&] { events().wake(); });
  EXPECT_FALSE(*events().next(deadline));
  person.join();
  EXPECT_LT(world().clock().monotonic(), deadline);
  EXPECT_FALSE(*events().next(0));  // the wait may have ended without cause, before the wake-up
  world().put(at("a"), "");
  EXPECT_EQ(heard().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Every, FolderEventsContract, ::testing::ValuesIn(file_worlds()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace weir::testing
