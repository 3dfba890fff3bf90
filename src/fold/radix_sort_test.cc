// SPDX-License-Identifier: Apache-2.0
#include "fold/radix_sort.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

#include "base/random.h"

namespace weir {
namespace {

struct Entry {
  std::uint64_t word = 0;
  std::uint64_t companion = 0;
  auto operator<=>(const Entry&) const = default;
};

void expect_sorted(const std::vector<std::uint64_t>& words) {
  std::vector<Entry> entries;
  for (const std::uint64_t word : words) {
    entries.push_back({word, ~word});
  }
  std::vector<Entry> expected = entries;
  std::ranges::sort(expected);
  radix_sort(std::span(entries), [](const Entry& entry) { return entry.word; });
  EXPECT_EQ(entries, expected);
}

TEST(RadixSort, ItSortsAnyWords) {
  EXPECT_TRUE(rc::check([] {
    const auto count = *rc::gen::inRange<std::size_t>(0, 3000);
    const auto bits = *rc::gen::inRange(1, 65);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto random = seeded_random(seed);
    std::vector<std::uint64_t> words(count);
    for (std::uint64_t& word : words) {
      word = random->next() >> (64 - bits);
    }
    expect_sorted(words);
  }));
}

TEST(RadixSort, ItSortsWordsThatDifferInTheirUpperOrLowerBitsOnly) {
  std::vector<std::uint64_t> upper;
  std::vector<std::uint64_t> lower;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    upper.push_back((i * 7919 % 1000) << 54 | 42);
    lower.push_back(42ULL << 54 | (i * 7919 % 1000));
  }
  expect_sorted(upper);
  expect_sorted(lower);
  expect_sorted(std::vector<std::uint64_t>(1000, 7));
}

}  // namespace
}  // namespace weir
