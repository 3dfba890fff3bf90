// SPDX-License-Identifier: Apache-2.0
#include "fold/text_sums.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "io/memory.h"
#include "support/manual_clock.h"
#include "support/sums.h"
#include "support/text_keys.h"

namespace weir {
namespace {

using testing::Sums;

struct World {
  Machine machine() { return {clock, *random, *tasks, *files}; }
  testing::ManualClock clock;
  std::unique_ptr<Random> random = seeded_random(1);
  std::unique_ptr<Tasks> tasks = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files = memory_file_system(clock);
};

// Whether its slices follow each other, and are the sums.
bool slices_are(Fold& fold, const Sums& expected) {
  Sums sums;
  for (std::size_t i = 0; i < fold.slices(); ++i) {
    const Sums part = *testing::rest_of(**fold.slice(i));
    if (!sums.empty() && !part.empty() && sums.rbegin()->first >= part.begin()->first) {
      return false;
    }
    sums.insert(part.begin(), part.end());
  }
  return sums == expected;
}

TEST(TextSums, KeysOfAllFormsAgreeWithAMapWhateverTheMemoryAndLanes) {
  EXPECT_TRUE(rc::check([] {
    World world;
    FoldOptions options{.key = KeyKind::text, .spill_folder = "/spill"};
    options.lanes = *rc::gen::inRange(1, 5);
    options.memory_bytes = *rc::gen::element<std::uint64_t>(0, 30'000, 100'000, 10'000'000);
    options.entries_max = *rc::gen::element<std::uint64_t>(0, 1, 20, 200);
    const auto keys = *rc::gen::container<std::vector<std::string>>(150, testing::text_key());
    const auto amounts =
        *rc::gen::container<std::vector<std::int64_t>>(600, rc::gen::arbitrary<std::int64_t>());
    Fold fold(world.machine(), options);
    Sums expected;
    for (std::size_t i = 0; i < amounts.size(); ++i) {
      const TextUsage usage{keys[i * 31 % keys.size()], amounts[i]};
      fold.lane(static_cast<int>(i) % options.lanes).add(std::span(&usage, 1));
      testing::add(expected, std::span(&usage, 1));
    }
    const auto cursor = fold.finish();
    RC_ASSERT(static_cast<bool>(cursor));
    RC_ASSERT(*testing::rest_of(**cursor) == expected);
    RC_ASSERT(slices_are(fold, expected));
  }));
}

// Few keys and many, in words and long ones, in stretches: every way that a lane has, and every
// change between them, also where one of the two has taken most of the memory.
TEST(TextSums, TheyAgreeWithAMapWhereverARecordIsAddedUp) {
  EXPECT_TRUE(rc::check([] {
    World world;
    FoldOptions options{.key = KeyKind::text, .lanes = 2, .spill_folder = "/spill"};
    options.memory_bytes = *rc::gen::element<std::uint64_t>(0, 200'000, 3'000'000);
    Fold fold(world.machine(), options);
    Sums expected;
    const auto random = seeded_random(*rc::gen::arbitrary<std::uint64_t>());
    const int stretches = *rc::gen::inRange(1, 6);
    for (int stretch = 0; stretch < stretches; ++stretch) {
      const auto keys = *rc::gen::element<std::uint64_t>(1, 300, 1'000'000);
      const auto front = *rc::gen::element<std::size_t>(0, 10, 40);
      const auto amount = *rc::gen::element<std::int64_t>(7, INT64_MAX, INT64_MIN);
      for (std::uint64_t i = *rc::gen::inRange<std::uint64_t>(1, 10'000); i > 0; --i) {
        const std::string key = std::string(front, 'k') + std::to_string(random->next() % keys);
        const TextUsage usage{key, amount};
        fold.lane(stretch % options.lanes).add(std::span(&usage, 1));
        testing::add(expected, std::span(&usage, 1));
      }
    }
    const auto cursor = fold.finish();
    RC_ASSERT(static_cast<bool>(cursor));
    RC_ASSERT(*testing::rest_of(**cursor) == expected);
    RC_ASSERT(slices_are(fold, expected));
  }));
}

// Cuts come from both, and UUIDs lie on both sides of long keys that begin like them.
TEST(TextSums, ManyKeysInWordsAndLongOnesAreInTheSameSlices) {
  World world;
  Fold fold(world.machine(), {.key = KeyKind::text, .lanes = 2, .spill_folder = "/spill"});
  Sums expected;
  for (std::uint64_t i = 0; i < 70'000; ++i) {
    const std::string uuid = testing::uuid_text(i % 7, i * 0x9E3779B97F4A7C15);
    for (const std::string& key : {uuid, uuid + "/a", std::to_string(i)}) {
      const TextUsage usage{key, static_cast<std::int64_t>(i)};
      fold.lane(static_cast<int>(i % 2)).add(std::span(&usage, 1));
      testing::add(expected, std::span(&usage, 1));
    }
  }
  ASSERT_TRUE(fold.finish());
  EXPECT_GT(fold.slices(), 4u);
  EXPECT_TRUE(slices_are(fold, expected));
}

TEST(TextSums, ManyKeysAreHandedOutInSlices) {
  World world;
  Fold fold(world.machine(), {.key = KeyKind::text, .lanes = 2, .spill_folder = "/spill"});
  Sums expected;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    const std::string key = i % 3 == 0 ? "customer-" + std::to_string(i)
                                       : testing::uuid_text(i * 0x9E3779B97F4A7C15, i);
    const TextUsage usage{key, static_cast<std::int64_t>(i)};
    for (const int lane : {0, 1}) {
      fold.lane(lane).add(std::span(&usage, 1));
      testing::add(expected, std::span(&usage, 1));
    }
  }
  ASSERT_TRUE(fold.finish());
  EXPECT_GT(fold.slices(), 4u);
  EXPECT_TRUE(slices_are(fold, expected));
}

}  // namespace
}  // namespace weir
