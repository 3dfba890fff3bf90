// SPDX-License-Identifier: Apache-2.0
#include "store/merged_sums.h"

#include <gtest/gtest.h>

#include <random>

#include "support/sums.h"

namespace weir::testing {
namespace {

Sums drawn(std::mt19937& draw, std::size_t keys, KeyKind kind) {
  Sums sums;
  for (std::size_t i = 0; i < keys; ++i) {
    const std::uint64_t key = draw() % 700;
    const Key made = kind == KeyKind::text ? Key{.id = 0, .text = std::to_string(key)}
                                           : Key{.id = key, .text = {}};
    sums[made] += static_cast<int>(draw() % 2000) - 1000;
  }
  return sums;
}

TEST(MergedSums, AreTheSumsOfBothWhateverTheirSizes) {
  std::mt19937 draw(1);
  for (const std::size_t keys : {0u, 1u, 3u, 256u, 600u}) {
    for (const std::size_t others : {0u, 2u, 300u, 900u}) {
      for (const KeyKind kind : {KeyKind::integer, KeyKind::text}) {
        const Sums one = drawn(draw, keys, kind);
        const Sums other = drawn(draw, others, kind);
        Sums due = one;
        for (const auto& [key, sum] : other) {
          due[key] += sum;
        }
        SumsCursor first(kind, one, 7);
        SumsCursor second(kind, other, 5);
        MergedSums merged(first, second);
        for (int again = 0; again < 2; ++again) {
          ASSERT_TRUE(merged.rewind());
          EXPECT_EQ(*rest_of(merged), due) << keys << " and " << others;
        }
      }
    }
  }
}

TEST(MergedSums, KeepAKeyWhoseSumsCancelOut) {
  SumsCursor one(KeyKind::integer, {{{.id = 7, .text = {}}, 5}});
  SumsCursor other(KeyKind::integer, {{{.id = 7, .text = {}}, -5}});
  MergedSums merged(one, other);
  ASSERT_TRUE(merged.rewind());
  EXPECT_EQ(merged.next()->size(), 1u);
  EXPECT_TRUE(merged.next()->empty());
}

}  // namespace
}  // namespace weir::testing
