// SPDX-License-Identifier: Apache-2.0
#include "lease/faulty.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "lease/memory.h"
#include "support/manual_clock.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
const LeaseName one = {.kind = "unit", .name = "1"};

// A worker whose leases lie, and an honest one.
class Lies : public ::testing::Test {
 protected:
  void open(const LeaseFaults& faults) { lying_ = faulty_leases(*own_, *random_, faults); }
  Leases& lying() { return *lying_; }
  Leases& own() { return *own_; }
  Leases& other() { return *other_; }
  ManualClock clock;

 private:
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  const std::unique_ptr<Random> random_ = seeded_random(1);
  const std::shared_ptr<MemoryLeaseTable> table_ = memory_lease_table(clock, *tasks_);
  const std::unique_ptr<Leases> own_ =
      memory_leases(table_, {.flow = "f", .worker = "a", .token = "a"});
  const std::unique_ptr<Leases> other_ =
      memory_leases(table_, {.flow = "f", .worker = "b", .token = "b"});
  std::unique_ptr<Leases> lying_;
};

LeaseAnswer take(Leases& leases) {
  const auto answers = leases.take({&one, 1}, 10 * second);
  CHECK(answers);
  return answers->front();
}

TEST_F(Lies, ALostRequestHasNoEffectAndALostReplyHas) {
  open({.lost_request = 1});
  const auto request = lying().take({&one, 1}, second);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(own().list(9)->rows.empty());
  open({.lost_reply = 1});
  EXPECT_FALSE(lying().take({&one, 1}, second));
  EXPECT_EQ(own().list(9)->rows.size(), 1u);
}

// fault 79 (the leases alone)
TEST_F(Lies, TwoMayBelieveThatTheyHoldIt) {
  open({.says_ours = 1});
  EXPECT_EQ(take(other()), LeaseAnswer::ours);
  EXPECT_EQ(take(lying()), LeaseAnswer::ours);
  EXPECT_TRUE(lying().renew({&one, 1}, second)->front());
  EXPECT_TRUE(other().renew({&one, 1}, second)->front());
}

TEST_F(Lies, AHolderMayHearThatItIsNone) {
  open({.says_held = 1});
  EXPECT_EQ(take(lying()), LeaseAnswer::held);
  EXPECT_FALSE(lying().renew({&one, 1}, second)->front());
  EXPECT_EQ(take(other()), LeaseAnswer::held);
}

TEST_F(Lies, ALeaseMayBeForgottenAtOnce) {
  open({.forgotten = 1});
  EXPECT_EQ(take(lying()), LeaseAnswer::ours);
  EXPECT_EQ(take(other()), LeaseAnswer::ours);
}

// fault 80 (the leases alone)
TEST_F(Lies, ALeaseMayEndEarly) {
  open({.early = 1});
  EXPECT_EQ(take(lying()), LeaseAnswer::ours);
  clock.set(clock.monotonic() + second - 1);
  EXPECT_EQ(take(other()), LeaseAnswer::held);
  clock.set(clock.monotonic() + 1);
  EXPECT_EQ(take(other()), LeaseAnswer::ours);
}

TEST(LeaseToken, IsAnotherEachTime) {
  const auto random = seeded_random(1);
  const std::string first = new_lease_token(*random);
  EXPECT_EQ(first.size(), 32u);
  EXPECT_NE(first, new_lease_token(*random));
}

}  // namespace
}  // namespace weir::testing
