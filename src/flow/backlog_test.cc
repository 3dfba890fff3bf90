// SPDX-License-Identifier: Apache-2.0
#include "flow/backlog.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace weir {
namespace {

std::shared_ptr<const OfferedFile> file(FileSequence sequence) {
  OfferedFile offered;
  offered.row.sequence = sequence;
  return std::make_shared<const OfferedFile>(std::move(offered));
}

TEST(BacklogTest, AFileThatIsUnderWayIsNotTakenAgain) {
  const auto tasks = thread_tasks();
  Backlog backlog(*tasks);
  backlog.open();
  EXPECT_EQ(backlog.put({file(1)}), 1U);
  EXPECT_EQ(backlog.put({file(1)}), 0U);
  const auto taken = backlog.take();
  EXPECT_EQ(backlog.put({file(1)}), 0U);  // somebody holds it
  EXPECT_EQ(backlog.under_way(), 1U);
}

TEST(BacklogTest, AFileThatIsDoneMayComeAgain) {
  const auto tasks = thread_tasks();
  Backlog backlog(*tasks);
  backlog.open();
  EXPECT_EQ(backlog.put({file(1)}), 1U);
  EXPECT_EQ(backlog.take()->row.sequence, 1);  // and let go of
  EXPECT_EQ(backlog.under_way(), 0U);
  EXPECT_EQ(backlog.put({file(1)}), 1U);
}

// fault 41 (scaled: 100,000 files)
TEST(BacklogTest, FilesThatAreDoneAreForgottenThoughNobodyAsks) {
  const auto tasks = thread_tasks();
  Backlog backlog(*tasks);
  backlog.open();
  std::size_t most = 0;
  for (FileSequence sequence = 1; sequence <= 100'000; ++sequence) {
    ASSERT_EQ(backlog.put({file(sequence)}), 1U);
    ASSERT_EQ(backlog.take()->row.sequence, sequence);
    most = std::max(most, backlog.remembered());
  }
  EXPECT_LE(most, backlog_files_max + 1);
}

}  // namespace
}  // namespace weir
