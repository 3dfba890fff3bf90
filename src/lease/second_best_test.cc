// SPDX-License-Identifier: Apache-2.0
#include "lease/second_best.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "lease/faulty.h"
#include "lease/memory.h"
#include "support/manual_clock.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
const LeaseName one = {.kind = "unit", .name = "1"};
const LeaseName two = {.kind = "unit", .name = "2"};

// Answers, or does not, as it is told.
class Moody final : public Leases {
 public:
  Moody(std::unique_ptr<Leases> leases, const bool& away)
      : leases_(std::move(leases)), away_(away) {}
  Result<std::vector<LeaseAnswer>> take(std::span<const LeaseName> names,
                                        Nanoseconds lasts) override {
    return unless_away<Result<std::vector<LeaseAnswer>>>(
        [&] { return leases_->take(names, lasts); });
  }
  Result<std::vector<bool>> renew(std::span<const LeaseName> names, Nanoseconds lasts) override {
    return unless_away<Result<std::vector<bool>>>([&] { return leases_->renew(names, lasts); });
  }
  Result<void> give_back(std::span<const LeaseName> names) override {
    return unless_away<Result<void>>([&] { return leases_->give_back(names); });
  }
  Result<LeaseListing> list(std::size_t rows_max) override {
    return unless_away<Result<LeaseListing>>([&] { return leases_->list(rows_max); });
  }

 private:
  template <class Answer>
  Answer unless_away(const std::function<Answer()>& ask) {
    return away_ ? Answer(Error{ErrorKind::unavailable, "gone"}) : ask();
  }
  const std::unique_ptr<Leases> leases_;
  const bool& away_;
};

class SecondBest : public ::testing::Test {
 protected:
  std::unique_ptr<Leases> worker(const std::string& name) {
    const LeaseHolder holder = {.flow = "usage", .worker = name, .token = name};
    return leases_with_second_best(
        std::make_unique<Moody>(memory_leases(first_, holder), away_),
        std::make_unique<Moody>(memory_leases(second_, holder), all_away_),
        [this](const Error* error) { told_ += error == nullptr ? "back " : error->message + " "; });
  }
  static LeaseAnswer take(Leases& leases, const LeaseName& name) {
    return leases.take({&name, 1}, 60 * second)->front();
  }
  static bool renew(Leases& leases, const LeaseName& name) {
    return leases.renew({&name, 1}, 60 * second)->front();
  }

  ManualClock clock_;
  const std::unique_ptr<Tasks> tasks_ = thread_tasks();
  const std::shared_ptr<MemoryLeaseTable> first_ = memory_lease_table(clock_, *tasks_);
  const std::shared_ptr<MemoryLeaseTable> second_ = memory_lease_table(clock_, *tasks_);
  bool away_ = false;      // the first
  bool all_away_ = false;  // the second, too
  std::string told_;
};

// fault 77 (the leases alone)
TEST_F(SecondBest, WhileTheFirstIsAwayWorkersAgreeInTheSecond) {
  const auto a = worker("a");
  const auto b = worker("b");
  EXPECT_EQ(take(*a, one), LeaseAnswer::ours);
  EXPECT_EQ(take(*b, one), LeaseAnswer::held);
  away_ = true;
  EXPECT_EQ(take(*a, two), LeaseAnswer::ours);
  EXPECT_EQ(take(*b, two), LeaseAnswer::held);
  EXPECT_EQ(b->list(10)->rows.size(), 1U);
  EXPECT_EQ(told_, "gone gone ") << "once each";
  away_ = false;
  EXPECT_EQ(take(*b, one), LeaseAnswer::held);
  EXPECT_EQ(told_, "gone gone back ");
}

TEST_F(SecondBest, WhatWasTakenInEitherIsRenewedAndGivenBack) {
  const auto a = worker("a");
  const auto b = worker("b");
  EXPECT_EQ(take(*a, one), LeaseAnswer::ours);
  away_ = true;
  EXPECT_EQ(take(*a, two), LeaseAnswer::ours);
  away_ = false;
  EXPECT_TRUE(renew(*a, one));
  EXPECT_TRUE(renew(*a, two));
  EXPECT_FALSE(renew(*b, one));
  EXPECT_TRUE(a->give_back({&one, 1}));
  EXPECT_TRUE(a->give_back({&two, 1}));
  EXPECT_EQ(take(*b, one), LeaseAnswer::ours);
  away_ = true;
  EXPECT_EQ(take(*b, two), LeaseAnswer::ours);
}

TEST_F(SecondBest, WithoutEitherNothingIsKnown) {
  const auto a = worker("a");
  away_ = all_away_ = true;
  EXPECT_EQ(a->take({&one, 1}, second).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(a->renew({&one, 1}, second).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(a->list(10).error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace weir::testing
