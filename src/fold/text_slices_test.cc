// SPDX-License-Identifier: Apache-2.0
#include "fold/text_slices.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "fold/text_table.h"
#include "support/sums.h"
#include "support/text_keys.h"

namespace weir {
namespace {

using testing::rest_of;
using testing::Sums;

std::unique_ptr<TextTable> table_of(std::span<const TextUsage> records) {
  auto table = make_text_table({.seed = {.first = 5, .second = 7}, .bytes = 16 << 20});
  CHECK(table->add(records) == records.size());
  return table;
}

SortedTexts sorted(const std::vector<std::unique_ptr<TextTable>>& tables) {
  SortedTexts all;
  for (const auto& table : tables) {
    const SortedTexts stretches = table->sort();
    all.insert(all.end(), stretches.begin(), stretches.end());
  }
  return all;
}

TEST(TextSlices, ManyTablesWithKeysOfAllFormsAreOneAscendingSequence) {
  EXPECT_TRUE(rc::check([] {
    const auto keys = *rc::gen::container<std::vector<std::string>>(200, testing::text_key());
    const auto count = *rc::gen::inRange<std::size_t>(1, 8);
    std::vector<std::unique_ptr<TextTable>> tables;
    Sums expected;
    for (std::size_t table = 0; table < count; ++table) {
      std::vector<TextUsage> records;
      for (std::size_t i = *rc::gen::inRange<std::size_t>(0, 3); i < keys.size(); i += 2) {
        records.push_back({keys[i], INT64_MAX - static_cast<std::int64_t>(i * table)});
      }
      tables.push_back(table_of(records));
      testing::add(expected, records);
    }
    const SortedTexts stretches = sorted(tables);
    const TextSlices slices(stretches, text_cuts(stretches));
    const auto whole = slices.whole();
    RC_ASSERT(*rest_of(*whole) == expected);
    RC_ASSERT(static_cast<bool>(whole->rewind()));
    RC_ASSERT(*rest_of(*whole) == expected);
    RC_ASSERT(whole->keys() >= expected.size());
  }));
}

// Of one form and of all; and such that most of them begin alike.
TEST(TextSlices, ManyKeysAreInSlicesOfAboutTheSameSizeAndFollowEachOther) {
  std::vector<std::string> keys;
  for (std::uint64_t i = 0; i < 60'000; ++i) {
    keys.push_back(testing::uuid_text(i * 0x9E3779B97F4A7C15, i));
    keys.push_back("customer-" + std::to_string(i));
    keys.push_back("https://example.com/customers/" + std::to_string(i));
  }
  std::vector<TextUsage> records;
  for (const std::string& key : keys) {
    records.push_back({key, 3});
  }
  std::vector<std::unique_ptr<TextTable>> tables;
  tables.push_back(table_of(records));
  tables.push_back(table_of(std::span(records).first(records.size() / 2)));
  const SortedTexts stretches = sorted(tables);
  const TextSlices slices(stretches, text_cuts(stretches));
  EXPECT_GE(slices.count(), 6u);
  Sums sums;
  for (std::size_t i = 0; i < slices.count(); ++i) {
    const Sums slice = *rest_of(*slices.cursor(i));
    EXPECT_GT(slice.size(), records.size() / slices.count() / 2);
    EXPECT_LT(slice.size(), records.size() / slices.count() * 2);
    EXPECT_TRUE(sums.empty() || sums.rbegin()->first < slice.begin()->first);
    sums.insert(slice.begin(), slice.end());
  }
  Sums expected;
  testing::add(expected, records);
  testing::add(expected, std::span(records).first(records.size() / 2));
  EXPECT_EQ(sums, expected);
}

TEST(TextSlices, OfNothingThereIsOneAndItIsEmpty) {
  const TextSlices slices({}, text_cuts({}));
  EXPECT_EQ(slices.count(), 1u);
  EXPECT_TRUE(rest_of(*slices.cursor(0))->empty());
  EXPECT_TRUE(rest_of(*slices.whole())->empty());
}

}  // namespace
}  // namespace weir
