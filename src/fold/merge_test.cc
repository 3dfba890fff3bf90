// SPDX-License-Identifier: Apache-2.0
#include "fold/merge.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <utility>

#include "support/sums.h"

namespace weir {
namespace {

using testing::Key;
using testing::Sums;
using testing::SumsCursor;

using Sources = std::vector<std::unique_ptr<SumCursor>>;

// Seven records a key on average go to sources at random; keys are few, so most meet again.
struct Dealt {
  std::vector<Sums> parts;
  Sums whole;
};

Dealt deal(KeyKind kind, std::size_t sources, const std::vector<std::uint16_t>& cards) {
  Dealt dealt{.parts = std::vector<Sums>(sources), .whole = {}};
  for (const std::uint16_t card : cards) {
    const std::uint64_t number = card % 97;
    const Key key = kind == KeyKind::integer
                        ? Key{.id = number * number, .text = {}}
                        : Key{.text = std::string(number % 13, 'k') + std::to_string(number)};
    const Int128 amount = (Int128{card} - 30'000) * (Int128{1} << 70);
    dealt.parts[card / 97 % sources][key] += amount;
    dealt.whole[key] += amount;
  }
  return dealt;
}

Sources cursors(KeyKind kind, const std::vector<Sums>& parts, std::size_t batch_entries = 3) {
  Sources sources;
  for (const Sums& part : parts) {
    sources.push_back(std::make_unique<SumsCursor>(kind, part, batch_entries));
  }
  return sources;
}

TEST(Merge, AnyNumberOfSourcesIsOneSortedSum) {
  EXPECT_TRUE(rc::check([] {
    const auto kind = *rc::gen::element(KeyKind::integer, KeyKind::text);
    const auto sources = *rc::gen::inRange<std::size_t>(1, 20);
    const auto batch_entries = *rc::gen::inRange<std::size_t>(1, 9);
    const Dealt dealt = deal(kind, sources, *rc::gen::arbitrary<std::vector<std::uint16_t>>());
    const auto cursor = merged(cursors(kind, dealt.parts, batch_entries));
    RC_ASSERT(cursor->key_kind() == kind);
    RC_ASSERT(cursor->keys() >= dealt.whole.size());
    const auto sums = testing::rest_of(*cursor);
    RC_ASSERT(sums && *sums == dealt.whole);
  }));
}

TEST(Merge, ItStartsAgainFromWhereverItIs) {
  std::vector<std::uint16_t> cards;
  for (std::uint16_t card = 0; card < 3000; ++card) {
    cards.push_back(card);
  }
  const Dealt dealt = deal(KeyKind::text, 5, cards);
  const auto cursor = merged(cursors(KeyKind::text, dealt.parts));
  for (int batches = 0; batches < 70; ++batches) {
    for (int i = 0; i < batches; ++i) {
      ASSERT_TRUE(cursor->next());
    }
    ASSERT_TRUE(cursor->rewind());
    const auto sums = testing::rest_of(*cursor);
    ASSERT_TRUE(sums);
    EXPECT_EQ(*sums, dealt.whole);
    ASSERT_TRUE(cursor->rewind());
  }
}

TEST(Merge, AfterTheEndItStaysAtTheEnd) {
  const auto cursor = merged(cursors(KeyKind::integer, {{{{1, ""}, 2}}, {}, {{{1, ""}, 3}}}));
  const auto sums = testing::rest_of(*cursor);
  ASSERT_TRUE(sums);
  EXPECT_EQ(*sums, (Sums{{{1, ""}, 5}}));
  for (int i = 0; i < 3; ++i) {
    const auto more = cursor->next();
    ASSERT_TRUE(more);
    EXPECT_TRUE(more->empty());
  }
}

class FailingCursor final : public SumCursor {
 public:
  Result<void> rewind() override { return {}; }
  Result<std::span<const SumEntry>> next() override {
    return Error{.kind = ErrorKind::corrupt, .message = "gone"};
  }
  KeyKind key_kind() const override { return KeyKind::integer; }
  std::uint64_t keys() const override { return 0; }
};

TEST(Merge, AnErrorOfASourceIsNeverTheEnd) {
  Sources sources = cursors(KeyKind::integer, {{{{1, ""}, 2}}});
  sources.push_back(std::make_unique<FailingCursor>());
  const auto cursor = merged(std::move(sources));
  for (int i = 0; i < 3; ++i) {
    const auto sums = testing::rest_of(*cursor);
    ASSERT_FALSE(sums);
    EXPECT_EQ(sums.error().kind, ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace weir
