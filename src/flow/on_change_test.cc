// SPDX-License-Identifier: Apache-2.0
// What becomes of files that changed after they were counted, and of files with too many bad lines.
#include <gtest/gtest.h>

#include <map>

#include "flow/ingest.h"
#include "flow/verify.h"
#include "io/memory.h"
#include "source/directory.h"
#include "store/memory.h"

namespace weir {
namespace {

using Sums = std::map<std::uint64_t, std::int64_t>;

class OnChangeTest : public ::testing::Test {
 protected:
  OnChangeTest() {
    settings_.jobs = 1;
    settings_.fold.memory_bytes = 4 << 20;
    files_->put("/in/a", "1 10\n2 20\n");
    EXPECT_TRUE(store_->schema().prepare());
  }

  IngestSummary pass() {
    const auto source = open_directory_source(*files_, {.paths = {"/in"}});
    EXPECT_TRUE(source);
    Progress progress;
    const auto summary =
        ingest(machine_, **source, *store_, settings_, progress, [](const Note&) {}, stop_);
    EXPECT_TRUE(summary);
    return *summary;
  }

  Sums totals() {
    Sums sums;
    EXPECT_TRUE(store_->totals().scan([&](const SumEntry& entry) -> Result<void> {
      sums[entry.id] = static_cast<std::int64_t>(entry.sum);
      return {};
    }));
    const auto report = verify(*store_);
    EXPECT_TRUE(report && report->balanced());
    return sums;
  }

  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(system_clock());
  Machine machine_{system_clock(), *random_, *tasks_, *files_};
  std::shared_ptr<MemoryDatabase> database_ = memory_database(KeyKind::integer);
  std::unique_ptr<Store> store_ = open_memory_store(database_, system_clock(), *tasks_, "usage");
  FlowSettings settings_;
  Stop stop_;
};

// fault 32 (part: rewritten after it was counted)
TEST_F(OnChangeTest, AChangeThatIsIgnoredCountsNothingAndSetsNothingAside) {
  settings_.source.on_change = OnChange::ignore;
  pass();
  files_->replace("/in/a", "1 99\n");
  const IngestSummary second = pass();
  EXPECT_EQ(second.files_quarantined, 0U);
  EXPECT_EQ(second.files_known, 1U);
  EXPECT_EQ(totals(), (Sums{{1, 10}, {2, 20}}));
}

// fault 30 (part: another file took the name)
TEST_F(OnChangeTest, AsANewVersionTheChangedFileCountsOnceMore) {
  settings_.source.on_change = OnChange::count_anew;
  pass();
  files_->replace("/in/a", "1 5\n");
  EXPECT_EQ(pass().files_counted, 1U);
  EXPECT_EQ(totals(), (Sums{{1, 15}, {2, 20}}));
  EXPECT_EQ(pass().files_counted, 0U) << "known by its version";
  files_->replace("/in/a", "1 7\n");
  EXPECT_EQ(pass().files_counted, 1U);
  EXPECT_EQ(totals(), (Sums{{1, 22}, {2, 20}}));
}

TEST_F(OnChangeTest, AFileThatWasOnlyTouchedIsNoNewVersion) {
  settings_.source.on_change = OnChange::count_anew;
  pass();
  files_->set_modified("/in/a", 1'000'000'000);
  EXPECT_EQ(pass().files_counted, 0U);
  EXPECT_EQ(totals(), (Sums{{1, 10}, {2, 20}}));
}

TEST_F(OnChangeTest, WhatCannotBeTakenBackIsSetAsideInsteadOfReplaced) {
  settings_.source.on_change = OnChange::replace;
  pass();
  files_->replace("/in/a", "1 5\n");
  EXPECT_EQ(pass().files_quarantined, 1U);
  EXPECT_EQ(totals(), (Sums{{1, 10}, {2, 20}}));
}

// fault 124
TEST_F(OnChangeTest, AFileWithTooManyBadLinesInAllIsSetAsideBeforeAnythingOfItCounts) {
  settings_.fold.unit_bytes = 4;
  settings_.rejects.rejects_max = 2;
  files_->put("/in/worse", "7 1\nx\n7 1\ny\n7 1\nz\n7 1\n");
  files_->put("/in/good", "8 1\nx\n8 1\ny\n");
  const IngestSummary summary = pass();
  EXPECT_EQ(summary.files_quarantined, 1U);
  EXPECT_EQ(totals(), (Sums{{1, 10}, {2, 20}, {8, 2}}));
  settings_.rejects.rejects_max = 3;
  EXPECT_EQ(pass().files_counted, 0U) << "set aside for good, until somebody says otherwise";
}

TEST_F(OnChangeTest, WhereAFileShowsAllAtOnceItsShareOfBadLinesIsOfTheWhole) {
  settings_.source.visibility = Visibility::file;
  settings_.rejects.ratio_max = 0.25;
  std::string late_trouble;
  for (int line = 0; line < 30'000; ++line) {
    late_trouble += line < 20'000 ? "7 1\n" : "oh\n";
  }
  files_->put("/in/late", late_trouble);
  EXPECT_EQ(pass().files_quarantined, 1U);
  EXPECT_EQ(totals(), (Sums{{1, 10}, {2, 20}}));
}

}  // namespace
}  // namespace weir
