// SPDX-License-Identifier: Apache-2.0
// The fold on a disk that fails: the sums are exact, or there is an error; never anything between.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fold/fold.h"
#include "fold/memory_plan.h"
#include "fold/spill_folder.h"
#include "io/faulty.h"
#include "io/memory.h"
#include "support/manual_clock.h"
#include "support/sums.h"

namespace weir {
namespace {

using testing::Sums;

constexpr std::uint64_t ids = 200;

Sums expected() {
  Sums sums;
  for (std::uint64_t id = 0; id < ids; ++id) {
    sums[{.id = id, .text = {}}] = 12;
  }
  return sums;
}

class FoldOnAFailingDisk : public ::testing::Test {
 protected:
  // Three of each id into each of two lanes, with room for five: many runs, and several passes.
  Result<SumCursor*> folded(Fold& fold) {
    for (std::uint64_t i = 0; i < ids * 3; ++i) {
      const std::vector<Usage> batch{{.consumer = i * 7 % ids, .amount = 2}};
      for (const int lane : {0, 1}) {
        fold.lane(lane).add(batch);
        TRY(fold.lane_status(lane));
      }
    }
    return fold.finish();
  }

  Result<Sums> sums_on(FileSystem& files) {
    Fold fold({clock_, *random_, *tasks_, files}, options_);
    TRY_ASSIGN(SumCursor* const cursor, folded(fold));
    return testing::rest_of(*cursor);
  }

  bool clean() {
    const auto cursor = files_->list("/spill", "");
    return !cursor || !*(*cursor)->next();
  }

  // A fold for each n, of which the n-th call fails; ends when no call failed.
  std::uint64_t sweep(NthCall fault) {
    for (fault.n = 1;; ++fault.n) {
      const auto plan = nth_call_fault(fault);
      const auto faulty = faulty_file_system(*files_, *plan);
      const auto sums = sums_on(*faulty);
      if (sums) {
        EXPECT_EQ(*sums, expected()) << fault.n;
      } else {
        EXPECT_EQ(sums.error().os_code, fault.os_code) << sums.error().message;
        EXPECT_EQ(sums.error().kind, ErrorKind::unavailable);
      }
      EXPECT_TRUE(remove_stale_spills(*files_, "/spill"));  // where removing was what failed
      EXPECT_TRUE(clean());
      if (plan->strikes() == 0) {
        EXPECT_TRUE(sums);
        return fault.n - 1;
      }
    }
  }

  testing::ManualClock clock_;
  std::unique_ptr<Random> random_ = seeded_random(1);
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
  const FoldOptions options_{
      .lanes = 2, .memory_bytes = 1, .entries_max = 100, .spill_folder = "/spill"};
};

// fault 22 (spilling)
TEST_F(FoldOnAFailingDisk, ADiskThatIsFullAtAnyCallIsAnErrorAndLeavesNothingBehind) {
  const std::set<FileCall> kinds{FileCall::create, FileCall::write, FileCall::make_folder};
  EXPECT_GT(sweep({.kinds = kinds, .os_code = ENOSPC}), 50u);
}

TEST_F(FoldOnAFailingDisk, AnyCallThatFailsIsAnErrorOrDoesNotMatter) {
  EXPECT_GT(sweep({.os_code = EIO}), 100u);
}

// fault 22 (spilling)
TEST_F(FoldOnAFailingDisk, AFullDiskShowsInTheLaneWhichTakesNothingMore) {
  const auto plan = nth_call_fault(
      {.n = 4, .kinds = {FileCall::write}, .os_code = ENOSPC, .and_all_later = true});
  const auto faulty = faulty_file_system(*files_, *plan);
  {
    Fold fold({clock_, *random_, *tasks_, *faulty}, options_);
    std::vector<Usage> batch;
    for (std::uint64_t id = 0; id < 200; ++id) {
      batch.push_back({.consumer = id, .amount = 1});
    }
    fold.lane(0).add(batch);
    EXPECT_TRUE(fold.lane_status(1));
    const auto status = fold.lane_status(0);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(status.error().os_code, ENOSPC);
    EXPECT_NE(status.error().message.find("fold.memory"), std::string::npos);
    fold.lane(0).add(batch);
    EXPECT_FALSE(fold.lane_status(0));
    EXPECT_FALSE(fold.finish());
  }
  EXPECT_TRUE(clean());
}

// fault 22 (spilling: many ids, in one batch that goes on behind the failure)
TEST_F(FoldOnAFailingDisk, AFullDiskInTheMiddleOfALargeBatchIsAnError) {
  for (const FileCall call : {FileCall::make_folder, FileCall::create, FileCall::write}) {
    const auto plan =
        nth_call_fault({.n = 1, .kinds = {call}, .os_code = ENOSPC, .and_all_later = true});
    const auto faulty = faulty_file_system(*files_, *plan);
    const FoldOptions options{.lanes = 2, .memory_bytes = 300'000, .spill_folder = "/spill"};
    Fold fold({clock_, *random_, *tasks_, *faulty}, options);
    std::vector<Usage> batch;
    for (std::uint64_t id = 0; id < 100'000; ++id) {
      batch.push_back({.consumer = (id << 40) + 7, .amount = 1});
    }
    for (const int lane : {0, 1, 0}) {
      fold.lane(lane).add(batch);
    }
    EXPECT_FALSE(fold.lane_status(0));
    EXPECT_FALSE(fold.finish());
  }
}

TEST_F(FoldOnAFailingDisk, AReadThatFailsOnceSucceedsAfterRewind) {
  std::uint64_t read_failures = 0;
  for (std::uint64_t n = 1;; ++n) {
    const auto plan = nth_call_fault({.n = n, .kinds = {FileCall::read}});
    const auto faulty = faulty_file_system(*files_, *plan);
    Fold failing({clock_, *random_, *tasks_, *faulty}, options_);
    const auto cursor = folded(failing);
    if (!cursor) {
      ASSERT_EQ(plan->strikes(), 1u);
      continue;  // a read of a pass: the fold as a whole has failed
    }
    const std::uint64_t strikes_before = plan->strikes();
    const auto first = testing::rest_of(**cursor);
    EXPECT_EQ(static_cast<bool>(first), plan->strikes() == strikes_before) << n;
    if (first) {
      EXPECT_EQ(*first, expected());
      EXPECT_GT(read_failures, 0u);
      return;  // the n-th read is beyond the first reading
    }
    ++read_failures;
    ASSERT_TRUE((*cursor)->rewind());
    const auto second = testing::rest_of(**cursor);
    ASSERT_TRUE(second);
    EXPECT_EQ(*second, expected());
  }
}

// Fails nothing; counts how many runs are opened for one merge, which begins with their opening and
// creates its own run then.
class MergeWidths final : public FaultPlan {
 public:
  int strike(FileCall call) override {
    opened_ = call == FileCall::create ? 0 : opened_ + (call == FileCall::open ? 1 : 0);
    widest_ = std::max(widest_, opened_);
    return 0;
  }
  std::uint64_t strikes() const override { return 0; }
  std::uint64_t calls_counted() const override { return 0; }
  std::size_t widest() const { return widest_; }

 private:
  std::size_t opened_ = 0;
  std::size_t widest_ = 0;
};

TEST_F(FoldOnAFailingDisk, NoMergeReadsMoreRunsThanThereAreBlocksFor) {
  for (const std::uint64_t memory : {1, 300'000, 450'000, 600'000}) {
    MergeWidths widths;
    const auto files = faulty_file_system(*files_, widths);
    FoldOptions options = options_;
    options.memory_bytes = memory;
    options.entries_max = 6;
    Fold fold({clock_, *random_, *tasks_, *files}, options);
    ASSERT_TRUE(folded(fold));
    EXPECT_EQ(widths.widest(), plan_memory(options).merge_fan_in) << memory;
  }
}

TEST_F(FoldOnAFailingDisk, ADamagedRunIsReportedAndNeverCounted) {
  Fold fold({clock_, *random_, *tasks_, *files_}, options_);
  const auto cursor = folded(fold);
  ASSERT_TRUE(cursor);
  const auto folder = (*files_->list("/spill", ""))->next();
  const std::string inner = "/spill/" + (*folder)->name;
  const auto run = (*files_->list(inner, ""))->next();
  const std::string path = inner + "/" + (*run)->name;
  std::string bytes = *files_->contents(path);
  bytes[bytes.size() / 2] ^= 1;
  files_->put(path, bytes);
  const auto sums = testing::rest_of(**cursor);
  ASSERT_FALSE(sums);
  EXPECT_EQ(sums.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace weir
