// SPDX-License-Identifier: Apache-2.0
#include "fold/text_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "fold/budget.h"
#include "fold/text_slices.h"
#include "model/limits.h"
#include "support/sums.h"
#include "support/text_keys.h"

namespace weir {
namespace {

using testing::Sums;

constexpr std::size_t small_bytes = 4096;
constexpr HashSeed seed{.first = 0x243f6a8885a308d3, .second = 0x13198a2e03707344};

struct Record {
  std::string consumer;
  std::int64_t amount = 0;
};

Sums sorted_sums(TextTable& table) {
  const SortedTexts stretches = table.sort();
  const TextSlices sorted(stretches, text_cuts(stretches));
  auto sums = testing::rest_of(*sorted.whole());
  EXPECT_TRUE(sums);
  return *sums;
}

// Adds in batches whose views are dead afterwards; takes the sums out whenever the table is full.
Sums folded(TextTable& table, std::span<const Record> records, std::size_t batch_records = 50) {
  Sums sums;
  const auto take_out = [&] {
    for (const auto& [key, sum] : sorted_sums(table)) {
      sums[key] += sum;
    }
    table.clear();
  };
  for (std::size_t at = 0; at < records.size(); at += batch_records) {
    const auto now = records.subspan(at, std::min(batch_records, records.size() - at));
    std::vector<Record> copies(now.begin(), now.end());
    std::vector<TextUsage> batch;
    for (const Record& record : copies) {
      batch.push_back({.consumer = record.consumer, .amount = record.amount});
    }
    for (std::span<const TextUsage> rest = batch; !rest.empty();) {
      rest = rest.subspan(table.add(rest));
      if (!rest.empty()) {
        CHECK(table.keys() > 0);
        take_out();
      }
    }
    for (Record& record : copies) {
      std::ranges::fill(record.consumer, '?');
    }
  }
  take_out();
  return sums;
}

Sums exact(std::span<const Record> records) {
  Sums sums;
  for (const Record& record : records) {
    sums[{.text = record.consumer}] += record.amount;
  }
  return sums;
}

rc::Gen<std::vector<Record>> records(std::size_t count) {
  const auto amount = rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(),
                                     rc::gen::element<std::int64_t>(INT64_MAX, INT64_MIN, 0, 1));
  return rc::gen::container<std::vector<Record>>(
      count, rc::gen::map(rc::gen::pair(testing::text_key(), amount),
                          [](const auto& pair) { return Record{pair.first, pair.second}; }));
}

TEST(TextTable, ItAgreesWithAMapHoweverOftenItIsFull) {
  EXPECT_TRUE(rc::check([] {
    const auto input = *records(400);
    const auto entries_max = *rc::gen::inRange<std::uint64_t>(1, 200);
    const auto table =
        make_text_table({.seed = seed, .bytes = small_bytes, .entries_max = entries_max});
    RC_ASSERT(folded(*table, input) == exact(input));
  }));
}

TEST(TextTable, GrowingFromSmallToLargeLosesNothing) {
  std::vector<Record> input;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    input.push_back({std::to_string(i * i % 50'021), static_cast<std::int64_t>(i)});
  }
  const auto table = make_text_table({.seed = seed, .bytes = 16 << 20});
  EXPECT_EQ(folded(*table, input, 100'000), exact(input));
}

TEST(TextTable, KeysOfEveryLengthAreKeptApart) {
  std::vector<Record> input;
  for (int round = 0; round < 3; ++round) {
    for (std::size_t bytes = 1; bytes <= 40; ++bytes) {
      for (const char letter : {'a', 'b', '\0'}) {
        input.push_back({std::string(bytes, letter), round});
        input.push_back({std::string(bytes - 1, 'a') + letter, 1});
      }
    }
  }
  const auto table = make_text_table({.seed = seed, .bytes = 64 << 10});
  EXPECT_EQ(folded(*table, input), exact(input));
}

TEST(TextTable, KeysOfTheGreatestLengthAreTakenByTheSmallestTable) {
  std::vector<Record> input;
  for (int i = 0; i < 40; ++i) {
    const std::string number = std::to_string(i % 20);
    input.push_back({std::string(limits::text_key_bytes - number.size(), 'k') + number, i});
    input.push_back({number, 1});
  }
  const auto table = make_text_table({.seed = seed, .bytes = small_bytes});
  EXPECT_EQ(folded(*table, input), exact(input));
}

TEST(TextTable, LongKeysAfterManyShortOnesStillFindRoom) {
  std::vector<Record> input;
  for (int i = 0; i < 2000; ++i) {
    input.push_back({std::to_string(i), 1});
  }
  for (int i = 0; i < 20; ++i) {
    input.push_back({std::string(1000, 'z') + std::to_string(i), 1});
  }
  const auto table = make_text_table({.seed = seed, .bytes = 8192});
  EXPECT_EQ(folded(*table, input), exact(input));
}

// fault 115
TEST(TextTable, SumsBeyond64BitsAreExactInBothDirections) {
  std::vector<Record> input;
  for (int i = 0; i < 1000; ++i) {
    input.push_back({"up", INT64_MAX});
    input.push_back({"down", INT64_MIN});
  }
  const auto table = make_text_table({.seed = seed, .bytes = small_bytes});
  const Sums sums = folded(*table, input);
  EXPECT_TRUE(sums.at({.text = "up"}) == Int128{INT64_MAX} * 1000);
  EXPECT_TRUE(sums.at({.text = "down"}) == Int128{INT64_MIN} * 1000);
}

TEST(TextTable, ItTakesNoMoreThanItsBytesAndEntriesAllow) {
  std::vector<std::string> keys;
  std::vector<TextUsage> batch;
  for (int i = 1000; i < 3000; ++i) {
    keys.push_back(std::to_string(i) + "0123456789abcdef");
  }
  for (const std::string& key : keys) {
    batch.push_back({.consumer = key, .amount = 1});
  }
  const auto by_bytes = make_text_table({.seed = seed, .bytes = small_bytes});
  const std::size_t taken = by_bytes->add(batch);
  EXPECT_GT(taken * (32 + 20), small_bytes * 2 / 3);  // most of the bytes hold something
  EXPECT_LE(taken * (32 + 20), small_bytes);
  const auto by_entries = make_text_table({.seed = seed, .bytes = 16 << 20, .entries_max = 321});
  EXPECT_EQ(by_entries->add(batch), 321u);
}

TEST(TextTable, ItTakesWhatItGrowsByFromTheBudgetAndGivesItBack) {
  std::vector<std::string> keys;
  std::vector<TextUsage> batch;
  for (int i = 10'000; i < 20'000; ++i) {
    keys.push_back(std::to_string(i) + "0123456789abcdef0123456789");
  }
  for (const std::string& key : keys) {
    batch.push_back({.consumer = key, .amount = 1});
  }
  constexpr std::uint64_t all = 300 << 10;
  Budget budget(all);
  {
    const auto table = make_text_table(
        {.seed = seed, .bytes = 16 << 20, .bytes_first = small_bytes, .budget = &budget});
    for (int round = 0; round < 2; ++round) {
      const std::size_t taken = table->add(batch);
      const std::size_t bytes = taken * (32 + 31);
      EXPECT_LT(taken, batch.size());
      EXPECT_LE(bytes, small_bytes + all);
      EXPECT_GT(bytes, (small_bytes + all - budget.left()) / 2);
      EXPECT_EQ(sorted_sums(*table).size(), taken);
      table->clear();
      EXPECT_EQ(budget.left(), all);
    }
    table->add(batch);
    EXPECT_LT(budget.left(), all);
  }
  EXPECT_EQ(budget.left(), all);
}

// Of eight of 32 bytes: those that the hash meets with the first word of its own.
TEST(TextTable, KeysWhoseHashesAreEqualAreToldApart) {
  const std::uint64_t first = 0xbe4ba423396cfeb8 + seed.first;
  std::vector<Record> input;
  for (int i = 0; i < 600; ++i) {
    std::string key(32, 'k');
    std::memcpy(key.data(), &first, sizeof first);
    const std::string number = std::to_string(i % 300);
    std::copy(number.begin(), number.end(), key.begin() + 8);
    input.push_back({key, i});
    ASSERT_EQ(XXH3_64bits_withSeed(key.data(), key.size(), seed.first),
              XXH3_64bits_withSeed(input[0].consumer.data(), key.size(), seed.first));
  }
  const auto table = make_text_table({.seed = seed, .bytes = 64 << 10});
  EXPECT_EQ(folded(*table, input), exact(input));
}

TEST(TextTable, KeysAreOrderedByteByByte) {
  std::vector<Record> input;
  for (const char* key : {"b", "a", "ab", "a\x01", "\xc3\xa9", "aaaaaaaab", "aaaaaaaa", "aaaaaaa",
                          "aaaaaaaaaaaaaaaab", "aaaaaaaaaaaaaaaa", "Z", "~"}) {
    input.push_back({key, 1});
  }
  input.push_back({testing::uuid_text(0x61616161'61616161, 0), 1});
  input.push_back({testing::uuid_text(0x61616161'61616161, 1), 1});
  input.push_back({"61616161", 1});
  input.push_back({"61616161-6161-61", 1});
  input.push_back({"61616161-6161-6161-", 1});
  input.push_back({"61616161-6161-6161-0000-00000000000A", 1});
  input.push_back({"61616161-6161-6161-0000-0000000000000", 1});
  input.push_back({std::string("a\0", 2), 1});
  input.push_back({std::string("a\0\0", 3), 1});
  input.push_back({std::string("a\0\0\0\0\0\0\0\0", 9), 1});
  const auto table = make_text_table({.seed = seed, .bytes = small_bytes});
  EXPECT_EQ(folded(*table, input), exact(input));  // whose reading checks the order
}

}  // namespace
}  // namespace weir
