// SPDX-License-Identifier: Apache-2.0
#include "fold/text_order.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/check.h"
#include "fold/ordering.h"
#include "support/sums.h"
#include "support/text_keys.h"

namespace weir {
namespace {

using testing::Sums;

struct Filled {
  explicit Filled(std::span<const TextSum> sums)
      : pages(64 << 20), table({.seed = {1, 2}, .memory = &pages, .bytes = pages.bytes()}) {
    CHECK(table.add(sums) == sums.size());
  }
  Pages pages;
  TextSumTable table;
};

std::vector<TextSum> in_words(const std::vector<std::string>& keys, std::int64_t amount) {
  std::vector<TextSum> sums;
  for (const std::string& key : keys) {
    if (const TextKey words = text_key(key); words.kind() != text_kind::elsewhere) {
      sums.push_back({words, amount});
    }
  }
  return sums;
}

std::vector<TextCut> cuts_at(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return {texts.begin(), texts.end()};
}

std::string text_of(const TextSum& sum) {
  TextRoom room;
  return std::string(weir::text_of(sum.key, room));
}

// Texts of 100 bytes that go on where a UUID ends, or before.
rc::Gen<std::string> cut_text() {
  const auto longer = rc::gen::map(
      rc::gen::pair(testing::uuid_key_text(), rc::gen::inRange<std::size_t>(16, 37)),
      [](const auto& parts) { return parts.first.substr(0, parts.second) + "00000000"; });
  return rc::gen::oneOf(testing::text_key(), testing::uuid_key_text(), longer);
}

TEST(TextOrder, AKeyIsInTheRangeThatItsTextSaysWhateverTheCuts) {
  EXPECT_TRUE(rc::check([] {
    const auto sums =
        in_words(*rc::gen::container<std::vector<std::string>>(40, testing::text_key()), 1);
    const OrderOf<TextLine> order(
        cuts_at(*rc::gen::container<std::vector<std::string>>(30, cut_text())));
    for (std::size_t at = 0; at < sums.size(); at += 16) {
      const auto some = std::span(sums).subspan(at, std::min<std::size_t>(16, sums.size() - at));
      std::array<std::uint32_t, 16> ranges;
      order.ranges_of(some, ranges);
      for (std::size_t i = 0; i < some.size(); ++i) {
        const auto not_above = std::ranges::count_if(
            order.cuts(), [&](const TextCut& cut) { return cut.text <= text_of(some[i]); });
        RC_ASSERT(ranges[i] == static_cast<std::uint32_t>(not_above));
      }
    }
  }));
}

TEST(TextOrder, UuidsAndOtherKeysAscendTogether) {
  EXPECT_TRUE(rc::check([] {
    const auto sums =
        in_words(*rc::gen::container<std::vector<std::string>>(300, testing::text_key()), 1);
    std::vector<std::string> expected;
    std::vector<std::string> found;
    for (const TextSum& sum : sums) {
      expected.push_back(text_of(sum));
    }
    for (const TextSum& sum : OrderOf<TextLine>::sorted(sums)) {
      found.push_back(text_of(sum));
    }
    std::sort(expected.begin(), expected.end());
    RC_ASSERT(found == expected);
  }));
}

// A word that the seed turns to zero makes the first product zero, whatever the other word.
TEST(TextLine, KeysWhoseHashesAreEqualAreToldApart) {
  const HashSeed seed{1, 2};
  std::vector<TextSum> sums;
  for (std::uint64_t i = 0; i < 300; ++i) {
    sums.push_back({{seed.first, i << 8, 16}, static_cast<std::int64_t>(i)});
    ASSERT_EQ(TextHash(seed)(sums.back().key), TextHash(seed)(sums.front().key));
  }
  Filled filled(sums);
  CHECK(filled.table.add(sums) == sums.size());
  ASSERT_EQ(filled.table.keys(), sums.size());
  for (const TextSum& sum : filled.table.compact()) {
    EXPECT_EQ(sum.amount, static_cast<std::int64_t>(sum.key.second >> 8) * 2);
  }
}

// fault 115
TEST(TextOrder, RangesFollowEachOtherAndHoldEverySum) {
  std::vector<std::string> keys;
  for (std::uint64_t i = 0; i < 60'000; ++i) {
    keys.push_back("customer-" + std::to_string(i));
    keys.push_back(testing::uuid_text(i * 0x9E3779B97F4A7C15, i));
  }
  const auto first = in_words(keys, INT64_MAX);
  const auto second = in_words(keys, INT64_MIN);
  Filled up(first);
  CHECK(up.table.add(std::span(first).first(1000)) == 1000);  // beyond 64 bits
  Filled down(std::span<const TextSum>(second).first(5000));
  const std::vector<TextSumTable*> tables{&up.table, &down.table};
  const auto tasks = thread_tasks();
  const TextOrdering ordering(*tasks, 2, tables, cuts_at({"customer-5", "d", "zz"}));
  EXPECT_GE(ordering.ranges(), 8u);
  Sums sums;
  for (std::size_t i = 0; i < ordering.ranges(); ++i) {
    const auto cursor = ordering.cursor(i);
    const Sums part = *testing::rest_of(*cursor);
    EXPECT_LT(part.size(), keys.size() / ordering.ranges() * 2);
    EXPECT_TRUE(sums.empty() || part.empty() || sums.rbegin()->first < part.begin()->first);
    sums.insert(part.begin(), part.end());
  }
  Sums expected;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    expected[{.text = keys[i]}] =
        Int128{INT64_MAX} * (i < 1000 ? 2 : 1) + (i < 5000 ? Int128{INT64_MIN} : 0);
  }
  EXPECT_EQ(sums, expected);
}

}  // namespace
}  // namespace weir
