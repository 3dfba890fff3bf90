// SPDX-License-Identifier: Apache-2.0
#include "store/faulty.h"

#include <gtest/gtest.h>

#include "store/memory.h"
#include "support/manual_clock.h"
#include "support/store_job.h"

namespace weir::testing {
namespace {

class FaultyStore : public ::testing::Test {
 protected:
  FaultyStore() { (void)!sound_->schema().prepare(); }

  ManualClock clock_;
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  const std::unique_ptr<Store> sound_ =
      open_memory_store(memory_database(KeyKind::integer), clock_, *tasks_, "usage");
  const std::unique_ptr<Random> random_ = seeded_random(7);
};

TEST_F(FaultyStore, ALostRequestHasNoEffect) {
  const auto store = faulty_store(*sound_, *random_, {.lost_request = 1});
  const FileEntry entry = entry_of("a", 1);
  EXPECT_EQ(store->ledger().enter({&entry, 1}).error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(sound_->listings().files({})->empty());
}

TEST_F(FaultyStore, ALostReplyHidesAnEffect) {
  const auto store = faulty_store(*sound_, *random_, {.lost_reply = 1});
  const FileEntry entry = entry_of("a", 1);
  EXPECT_EQ(store->ledger().enter({&entry, 1}).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(sound_->listings().files({})->size(), 1u);
}

// fault 5
TEST_F(FaultyStore, AJobThatRepeatsWhatMayBeRepeatedIsExact) {
  const auto store = faulty_store(*sound_, *random_, {.lost_request = 0.1, .lost_reply = 0.1});
  StoreJob job;
  int failures = 0;
  for (auto done = job.run(*store); !done; done = job.run(*store)) {
    ASSERT_EQ(done.error().kind, ErrorKind::unavailable);
    ASSERT_LT(++failures, 1000);
  }
  EXPECT_GT(failures, 0);
  EXPECT_EQ(wrong_with(*sound_, job.answered()), "");
  EXPECT_EQ(counted_units(*sound_)->size(), 10u);
}

TEST_F(FaultyStore, TheSameSeedFailsTheSameCalls) {
  const auto failures = [&](std::uint64_t seed) {
    const auto random = seeded_random(seed);
    const auto store = faulty_store(*sound_, *random, {.lost_request = 0.3, .lost_reply = 0.3});
    std::string which;
    for (int i = 0; i < 50; ++i) {
      which += store->schema().version() ? '.' : 'x';
    }
    return which;
  };
  EXPECT_EQ(failures(1), failures(1));
  EXPECT_NE(failures(1), failures(2));
}

}  // namespace
}  // namespace weir::testing
