// SPDX-License-Identifier: Apache-2.0
#include "flow/receipts.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "io/memory.h"
#include "store/memory.h"
#include "support/store_cases.h"

namespace weir {
namespace {

class ReceiptsTest : public ::testing::Test {
 protected:
  ReceiptsTest() { EXPECT_TRUE(store_->schema().prepare()); }

  FileSequence enter(const std::string& name) {
    const auto rows = store_->ledger().enter(std::vector{testing::entry_of(name, 1)});
    return rows->front().sequence;
  }

  // Asks for a receipt; the answers of each path are kept.
  void ask(const std::string& path, FileSequence file) {
    receipts_.answer(
        {.notice = {.path = path, .receipt = true},
         .answer = [this](const NoticeAnswer& answer) { answers_[answer.path].push_back(answer); }},
        {.standing = Verdict::Standing::accepted, .file = file});
  }

  void count(FileSequence file) {
    testing::OwnedBatch batch;
    batch.add({.file = file, .number = 0}, testing::sums_of({{1, 10}}));
    EXPECT_TRUE(batch.commit_to(*store_));
  }

  void give() {
    receipts_.look_now();
    EXPECT_TRUE(receipts_.give(system_clock().monotonic()));
  }

  const std::unique_ptr<Random> random_ = seeded_random(1);
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  const std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(system_clock());
  const Machine machine_{system_clock(), *random_, *tasks_, *files_};
  const std::unique_ptr<Store> store_ =
      open_memory_store(memory_database(KeyKind::integer), system_clock(), *tasks_, "usage");
  const Stop stop_;
  Receipts receipts_{*store_, machine_, stop_};
  std::map<std::string, std::vector<NoticeAnswer>> answers_;
};

TEST_F(ReceiptsTest, AReceiptComesOnceAFileIsCountedOrSetAsideAndNotBefore) {
  const FileSequence a = enter("a");
  const FileSequence b = enter("b");
  ask("/in/a", a);
  ask("/in/b", b);
  ask("/in/b", b);  // by two who know of it
  give();
  EXPECT_EQ(receipts_.waiting(), 3U);
  count(a);
  ASSERT_TRUE(store_->ledger().settle(b, FileState::quarantined, "odd"));
  give();
  EXPECT_EQ(receipts_.waiting(), 0U);
  ASSERT_EQ(answers_["/in/a"].size(), 2U);
  EXPECT_EQ(answers_["/in/a"][0].outcome, NoticeOutcome::accepted);
  EXPECT_EQ(answers_["/in/a"][1].outcome, NoticeOutcome::counted);
  ASSERT_EQ(answers_["/in/b"].size(), 4U);
  EXPECT_EQ(answers_["/in/b"][3].outcome, NoticeOutcome::quarantined);
  EXPECT_EQ(answers_["/in/b"][3].reason, "odd");
}

TEST_F(ReceiptsTest, AFileThatTheLedgerHasForgottenIsAnswered) {
  ask("/in/a", 77);
  give();
  EXPECT_EQ(receipts_.waiting(), 0U);
  EXPECT_EQ(answers_["/in/a"].back().outcome, NoticeOutcome::refused);
}

TEST_F(ReceiptsTest, ReceiptsOfManyFilesAreGivenPageByPage) {
  constexpr int count_of_files = 2'500;  // more than two pages
  for (int i = 0; i < count_of_files; ++i) {
    const std::string name = std::to_string(i);
    const FileSequence file = enter(name);
    ask(name, file);
    if (i % 2 == 0) {
      ASSERT_TRUE(store_->ledger().settle(file, FileState::quarantined, "odd"));
    }
  }
  give();
  EXPECT_EQ(receipts_.waiting(), std::size_t{count_of_files / 2});
  for (int i = 0; i < count_of_files; ++i) {
    ASSERT_EQ(answers_[std::to_string(i)].size(), i % 2 == 0 ? 2U : 1U) << i;
  }
}

}  // namespace
}  // namespace weir
