// SPDX-License-Identifier: Apache-2.0
#include "flow/completeness.h"

#include <gtest/gtest.h>

#include "io/memory.h"
#include "source/directory.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
using How = Completeness::How;

class CompletenessTest : public ::testing::Test {
 protected:
  CompletenessTest() {
    files_->put("/in/.keep", "");
    auto source = open_directory_source(*files_, {.paths = {"/in"}});
    EXPECT_TRUE(source);
    source_ = *std::move(source);
  }

  Completeness make(CompleteRule rule) {
    settings_.complete = rule;
    return Completeness({.source = *source_, .machine = machine_, .settings = settings_});
  }

  bool ready(Completeness& rule, How how = How::listed) {
    const auto object = source_->look("/in/a");
    EXPECT_TRUE(object);
    return object && rule.ready(*object, how);
  }

  void pass(Nanoseconds duration) { clock_.set(clock_.monotonic() + duration); }

  testing::ManualClock clock_;
  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
  Machine machine_{clock_, *random_, *tasks_, *files_};
  SourceSettings settings_;
  std::unique_ptr<Source> source_;
};

TEST_F(CompletenessTest, AFileThatWasToldOfOrMovedIsTakenAtOnce) {
  auto rule = make(CompleteRule::rename);
  files_->put("/in/a", "1 1\n");
  EXPECT_TRUE(ready(rule, How::told));
  EXPECT_TRUE(ready(rule, How::moved));
  EXPECT_EQ(rule.unfinished(), 0U);
}

// fault 44 (part: a writer that pauses within the time of rest)
TEST_F(CompletenessTest, AListedFileIsTakenWhenItHasNotChangedForTwoSeconds) {
  auto rule = make(CompleteRule::rename);
  files_->put("/in/a", "1 1\n");
  EXPECT_FALSE(ready(rule));
  pass(2 * second - 1);
  EXPECT_FALSE(ready(rule));
  files_->append("/in/a", "2 2\n");
  EXPECT_FALSE(ready(rule));
  pass(2 * second - 1);
  EXPECT_FALSE(ready(rule));
  pass(1);
  EXPECT_TRUE(ready(rule));
  EXPECT_EQ(rule.unfinished(), 0U);
}

// fault 44
TEST_F(CompletenessTest, AFileThatIsOpenForWritingWaitsHoweverLongItsWriterPauses) {
  for (const CompleteRule mode :
       {CompleteRule::rename, CompleteRule::closed, CompleteRule::settled}) {
    auto rule = make(mode);
    auto writer = files_->create("/in/a");
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->write(std::string_view("1 1\n")));
    for (int hours = 0; hours < 3; ++hours) {
      EXPECT_FALSE(ready(rule));
      pass(3600 * second);
    }
    writer->reset();
    static_cast<void>(ready(rule));
    pass(settings_.settle_for);
    EXPECT_TRUE(ready(rule));
    ASSERT_TRUE(files_->remove("/in/a"));
  }
}

TEST_F(CompletenessTest, SettledAsksForALongerRest) {
  auto rule = make(CompleteRule::settled);
  files_->put("/in/a", "1 1\n");
  EXPECT_FALSE(ready(rule));
  pass(settings_.settle_for - 1);
  EXPECT_FALSE(ready(rule));
  pass(1);
  EXPECT_TRUE(ready(rule));
}

// fault 45 (part: a marker says what is whole)
TEST_F(CompletenessTest, WhereMarkersAreAskedForOnlyAMarkedFileIsTaken) {
  auto rule = make(CompleteRule::marker);
  files_->put("/in/a", "1 1\n");
  pass(7200 * second);
  EXPECT_FALSE(ready(rule));
  EXPECT_FALSE(ready(rule, How::moved));
  files_->put("/in/a.done", "");
  EXPECT_TRUE(ready(rule));
  EXPECT_TRUE(rule.is_marker("/in/a.done"));
  EXPECT_EQ(rule.marked_file("/in/a.done"), "/in/a");
  EXPECT_FALSE(make(CompleteRule::rename).is_marker("/in/a.done"));
}

// fault 54
TEST_F(CompletenessTest, ATimeInTheFutureOrAtTheBeginningOfTimeChangesNothing) {
  auto rule = make(CompleteRule::rename);
  files_->put("/in/a", "1 1\n");
  for (const Nanoseconds modified : {clock_.wall() + 86'400 * second, Nanoseconds{0}}) {
    files_->set_modified("/in/a", modified);
    EXPECT_FALSE(ready(rule));
    pass(2 * second);
    EXPECT_TRUE(ready(rule));
  }
}

TEST_F(CompletenessTest, WhatIsOldIsTakenAtFirstSightAndNotRemembered) {
  auto rule = make(CompleteRule::rename);
  files_->put("/in/a", "1 1\n");
  pass(3600 * second);
  EXPECT_TRUE(ready(rule));
}

TEST_F(CompletenessTest, UnfinishedFilesBecomeDueAndAreForgottenOnRequest) {
  auto rule = make(CompleteRule::rename);
  files_->put("/in/a", "1 1\n");
  EXPECT_FALSE(ready(rule));
  EXPECT_TRUE(rule.take_due(10).empty());
  EXPECT_EQ(rule.next_due(), clock_.monotonic() + 2 * second);
  pass(2 * second);
  EXPECT_EQ(rule.take_due(10), std::vector<std::string>{"/in/a"});
  EXPECT_TRUE(rule.take_due(10).empty()) << "asked for a moment ago";
  rule.forget("/in/a");
  pass(10 * second);
  EXPECT_TRUE(rule.take_due(10).empty());
  EXPECT_EQ(rule.unfinished(), 0U);
}

}  // namespace
}  // namespace weir
