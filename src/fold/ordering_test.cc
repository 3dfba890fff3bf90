// SPDX-License-Identifier: Apache-2.0
#include "fold/ordering.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "fold/spread_sort.h"
#include "support/sums.h"

namespace weir {
namespace {

using testing::Sums;

// A table with memory of its own, holding these records.
struct Filled {
  explicit Filled(std::span<const Usage> records)
      : pages(64 << 20), table({.seed = {1, 2}, .memory = &pages, .bytes = pages.bytes()}) {
    CHECK(table.add(records) == records.size());
  }
  Pages pages;
  SumTable table;
};

std::vector<Usage> some_records(std::size_t count, std::uint64_t ids, std::uint64_t seed) {
  const auto random = seeded_random(seed);
  std::vector<Usage> records;
  for (std::size_t i = 0; i < count; ++i) {
    records.push_back({random->next() % ids, static_cast<std::int64_t>(random->next() >> 2)});
  }
  return records;
}

TEST(Ordering, RangesFollowEachOtherAndHoldEverySum) {
  const auto tasks = thread_tasks();
  for (const std::uint64_t ids :
       {std::uint64_t{1}, std::uint64_t{1000}, std::uint64_t{1} << 20, std::uint64_t{1} << 63}) {
    for (const std::size_t count : {0, 1, 17, 40'000, 200'000}) {
      auto records = some_records(count, ids, 1);
      for (std::size_t i = 0; i < count; i += 3) {
        records[i].amount = INT64_MAX;  // some sums leave 64 bits
      }
      const auto others = some_records(count / 2, ids, 2);
      Sums expected;
      testing::add(expected, records);
      testing::add(expected, others);
      Filled first(records);
      Filled second(others);
      const std::vector<SumTable*> tables{&first.table, &second.table};
      const Ordering ordering(*tasks, 2, tables, {100, 5000});
      Sums found;
      for (std::size_t i = 0; i < ordering.ranges(); ++i) {
        const auto& cuts = ordering.cuts();
        const std::uint64_t begin = i == 0 ? 0 : cuts[i - 1];
        const std::uint64_t end = i == cuts.size() ? UINT64_MAX : cuts[i];
        const auto cursor = ordering.cursor(i);
        const auto part = testing::rest_of(*cursor);
        ASSERT_TRUE(part);
        for (const auto& [key, sum] : *part) {
          EXPECT_TRUE(begin <= key.id && key.id < end);
        }
        found.insert(part->begin(), part->end());
        EXPECT_GE(cursor->keys(), part->size());
        ASSERT_TRUE(cursor->rewind());
        EXPECT_EQ(*testing::rest_of(*cursor), *part);
      }
      EXPECT_EQ(found, expected) << ids << " " << count;
    }
  }
}

TEST(Ordering, RangesAreOfAboutTheSameSizeWhateverTheKeys) {
  const auto tasks = thread_tasks();
  std::vector<Usage> records;
  for (std::uint64_t i = 0; i < 400'000; ++i) {  // nearly all in the lowest trillionth
    records.push_back({i % 100 == 0 ? INT64_MAX - i : 1'000'000 + i, 1});
  }
  Filled filled(records);
  const std::vector<SumTable*> tables{&filled.table};
  const Ordering ordering(*tasks, 1, tables, {});
  EXPECT_GE(ordering.ranges(), 8u);
  for (std::size_t i = 0; i < ordering.ranges(); ++i) {
    EXPECT_LE(ordering.records(i), 100'000u);
  }
}

TEST(SpreadSort, ItSortsAnyKeys) {
  EXPECT_TRUE(rc::check([] {
    const auto ids = *rc::gen::element<std::uint64_t>(1, 2, 1000, 1ULL << 40, 1ULL << 63);
    const auto count = *rc::gen::inRange<std::size_t>(0, 3000);
    auto records = some_records(count, ids, *rc::gen::arbitrary<std::uint64_t>());
    if (*rc::gen::arbitrary<bool>()) {
      records.push_back({INT64_MAX, 1});  // all others in one heap
    }
    auto expected = records;
    const auto by_both = [](const Usage& a, const Usage& b) {
      return std::pair(a.consumer, a.amount) < std::pair(b.consumer, b.amount);
    };
    auto sorted = spread_sorted(std::move(records));
    RC_ASSERT(std::is_sorted(sorted.begin(), sorted.end(), [](const Usage& a, const Usage& b) {
      return a.consumer < b.consumer;
    }));
    std::sort(sorted.begin(), sorted.end(), by_both);
    std::sort(expected.begin(), expected.end(), by_both);
    RC_ASSERT(std::equal(sorted.begin(), sorted.end(), expected.begin(), expected.end(),
                         [&](const Usage& a, const Usage& b) {
                           return a.consumer == b.consumer && a.amount == b.amount;
                         }));
  }));
}

}  // namespace
}  // namespace weir
