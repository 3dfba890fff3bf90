// SPDX-License-Identifier: Apache-2.0
#include "flow/release.h"

#include <gtest/gtest.h>

#include <map>

#include "flow/ingest.h"
#include "io/faulty.h"
#include "io/memory.h"
#include "source/directory.h"
#include "store/memory.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

constexpr Nanoseconds hour = 3'600'000'000'000;
constexpr std::string_view content = "1 10\n2 20\n";

// Two counted files, /in/a and /in/below/b, and an hour that has passed.
class ReleaseTest : public ::testing::Test {
 protected:
  ReleaseTest() {
    settings_.jobs = 1;
    settings_.fold.memory_bytes = 4 << 20;
    settings_.source.paths = {"/in"};
    settings_.source.to = "/old";
    files_->put("/in/a", std::string(content));
    files_->put("/in/below/b", "3 30\n");
    files_->put("/old/.keep", "");
    EXPECT_TRUE(store_->schema().prepare());
    count();
    clock_.set(clock_.monotonic() + hour + 1);
  }

  void count() {
    const auto source = open_directory_source(*files_, {.paths = {"/in"}});
    ASSERT_TRUE(source);
    Progress progress;
    EXPECT_TRUE(ingest(machine_, **source, *store_, settings_, progress, notes_, stop_));
  }

  Result<std::uint64_t> release(FileSystem& files) {
    const auto source = open_directory_source(files, {.paths = {"/in"}});
    if (!source) {
      return source.error();
    }
    const Machine machine{clock_, *random_, *tasks_, files};
    return Releaser({.machine = machine,
                     .source = **source,
                     .store = *store_,
                     .settings = settings_.source,
                     .notes = notes_,
                     .stop = stop_})
        .release_due();
  }

  std::uint64_t released(FileSystem& files) {
    const auto number = release(files);
    EXPECT_TRUE(number);
    return number ? *number : 99;
  }

  std::map<ReleaseState, int> states() {
    std::map<ReleaseState, int> states;
    const auto rows = store_->listings().files({});
    EXPECT_TRUE(rows);
    for (const FileRow& row : *rows) {
      ++states[row.release];
    }
    return states;
  }

  testing::ManualClock clock_;
  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
  Machine machine_{clock_, *random_, *tasks_, *files_};
  std::shared_ptr<MemoryDatabase> database_ = memory_database(KeyKind::integer);
  std::unique_ptr<Store> store_ = open_memory_store(database_, clock_, *tasks_, "usage");
  FlowSettings settings_;
  Stop stop_;
  std::string noted_;
  Notes notes_ = [this](const Note& note) { noted_ += note.text + "\n"; };
};

TEST_F(ReleaseTest, FilesAreKeptWhereNothingElseIsAskedFor) {
  EXPECT_EQ(released(*files_), 0U);
  EXPECT_TRUE(files_->contents("/in/a"));
}

TEST_F(ReleaseTest, AMovedFileKeepsItsPathBelowTheSource) {
  settings_.source.after = After::move;
  EXPECT_EQ(released(*files_), 2U);
  EXPECT_EQ(files_->contents("/old/a"), content);
  EXPECT_EQ(files_->contents("/old/below/b"), "3 30\n");
  EXPECT_FALSE(files_->contents("/in/a"));
  EXPECT_EQ(states(), (std::map<ReleaseState, int>{{ReleaseState::released, 2}}));
  EXPECT_EQ(released(*files_), 0U);
}

TEST_F(ReleaseTest, ADeletedFileIsGone) {
  settings_.source.after = After::remove;
  EXPECT_EQ(released(*files_), 2U);
  EXPECT_FALSE(files_->contents("/in/a"));
  EXPECT_FALSE(files_->contents("/in/below/b"));
}

TEST_F(ReleaseTest, AnArchivedFileIsPackedAndCopiedToASecondPlace) {
  settings_.source.after = After::archive;
  settings_.source.copy_to = "/backup";
  EXPECT_EQ(released(*files_), 2U);
  EXPECT_FALSE(files_->contents("/in/a"));
  const auto packed = files_->contents("/old/a.zst");
  ASSERT_TRUE(packed);
  EXPECT_TRUE(packed->starts_with("\x28\xb5\x2f\xfd"));
  EXPECT_EQ(files_->contents("/backup/a.zst"), packed);
}

TEST_F(ReleaseTest, NothingIsReleasedBeforeItsTime) {
  settings_.source.after = After::remove;
  settings_.source.keep_for = hour + 1;
  EXPECT_EQ(released(*files_), 0U);
  clock_.set(clock_.monotonic() + 2);
  EXPECT_EQ(released(*files_), 2U);
}

// fault 37 (part: a name that is used again after its file was released)
TEST_F(ReleaseTest, ANameThatIsTakenGetsANumber) {
  settings_.source.after = After::move;
  files_->put("/old/a", "an earlier file");
  EXPECT_EQ(released(*files_), 2U);
  EXPECT_EQ(files_->contents("/old/a"), "an earlier file");
  EXPECT_EQ(files_->contents("/old/a.1"), content);
}

// fault 30 (part: after it was counted)
TEST_F(ReleaseTest, AFileThatTookTheNameOfACountedOneStays) {
  for (const After after : {After::move, After::archive, After::remove}) {
    settings_.source.after = after;
    files_->replace("/in/a", "7 70\n");
    EXPECT_TRUE(release(*files_));
    EXPECT_EQ(files_->contents("/in/a"), "7 70\n");
  }
}

// fault 9
TEST_F(ReleaseTest, WhicheverCallFailsItIsReleasedOnceInTheEnd) {
  for (const After after : {After::move, After::archive, After::remove}) {
    settings_.source.after = after;
    settings_.source.copy_to = after == After::archive ? "/backup" : "";
    std::uint64_t calls = 0;
    for (std::uint64_t call = 1;; ++call) {
      files_ = memory_file_system(clock_);
      files_->put("/in/a", std::string(content));
      files_->put("/in/below/b", "3 30\n");
      files_->put("/old/.keep", "");
      database_ = memory_database(KeyKind::integer);
      store_ = open_memory_store(database_, clock_, *tasks_, "usage");
      ASSERT_TRUE(store_->schema().prepare());
      const Machine machine{clock_, *random_, *tasks_, *files_};
      const auto source = open_directory_source(*files_, {.paths = {"/in"}});
      Progress progress;
      ASSERT_TRUE(ingest(machine, **source, *store_, settings_, progress, notes_, stop_));
      clock_.set(clock_.monotonic() + hour + 1);
      const auto plan = nth_call_fault({.n = call, .and_all_later = true});
      const auto faulty = faulty_file_system(*files_, *plan);
      static_cast<void>(release(*faulty));  // dies at this call
      if (plan->calls_counted() < call) {
        break;
      }
      ++calls;
      files_->crash();
      ASSERT_TRUE(release(*files_)) << call;
      ASSERT_TRUE(release(*files_)) << call;
      EXPECT_EQ(states(), (std::map<ReleaseState, int>{{ReleaseState::released, 2}})) << call;
      EXPECT_FALSE(files_->contents("/in/a")) << call;
      EXPECT_FALSE(files_->contents("/in/.1.weir-delete")) << call;
      EXPECT_EQ(files_->contents("/old/a").value_or("").size(),
                after == After::move ? content.size() : 0U)
          << call;
      EXPECT_EQ(static_cast<bool>(files_->contents("/old/a.zst")), after == After::archive) << call;
      EXPECT_EQ(static_cast<bool>(files_->contents("/backup/a.zst")), after == After::archive);
    }
    EXPECT_GT(calls, 5U);
  }
}

// fault 63 (what was put away)
TEST_F(ReleaseTest, WhatWasAwayBeforeTheLedgerFellBackIsMarkedSo) {
  settings_.source.after = After::move;
  const auto replica = copy_of(*database_);
  EXPECT_EQ(released(*files_), 2U);
  store_ = open_memory_store(replica, clock_, *tasks_, "usage");
  EXPECT_EQ(released(*files_), 0U);
  EXPECT_EQ(states(), (std::map<ReleaseState, int>{{ReleaseState::released, 2}}));
  EXPECT_EQ(noted_, "");
}

}  // namespace
}  // namespace weir
