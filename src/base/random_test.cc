// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

TEST(Random, TheSameSeedGivesThePublishedNumbersOfSplitmix64) {
  const auto random = seeded_random(1234567);
  EXPECT_EQ(random->next(), 6457827717110365317u);
  EXPECT_EQ(random->next(), 3203168211198807973u);
  EXPECT_EQ(random->next(), 9817491932198370423u);
}

TEST(Random, DifferentSeedsGiveDifferentNumbers) {
  EXPECT_NE(seeded_random(1)->next(), seeded_random(2)->next());
}

TEST(Random, TheSystemDoesNotRepeatItself) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.insert(system_random().next());
  }
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace weir
