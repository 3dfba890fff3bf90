// SPDX-License-Identifier: Apache-2.0
#include "format/pairs.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <string>
#include <vector>

#include "format/referee.h"
#include "format/tally.h"
#include "model/limits.h"
#include "support/with_margins.h"

namespace weir {
namespace {

using testing::WithMargins;

constexpr std::uint64_t no_limit = 1 << 20;

std::vector<Usage> parsed_ids(const std::string& lines, const FormatOptions& format = {}) {
  const WithMargins bytes(lines);
  std::vector<Usage> records(lines.size());
  const Parsed parsed = id_parser(format)(bytes.lines(), format.record_bytes_max, records);
  records.resize(parsed.records);
  return records;
}

bool takes(const std::string& line, const FormatOptions& format = {}) {
  return parsed_ids(line + "\n", format).size() == 1;
}

TEST(Pairs, ReadsNumbersOfEveryLength) {
  std::string digits;
  std::uint64_t value = 0;
  for (std::uint64_t length = 1; length <= 19; ++length) {
    value = value * 10 + length % 9 + 1;
    digits += static_cast<char>('0' + length % 9 + 1);
    const auto records = parsed_ids(digits + " 5\n5 " + digits + "\n");
    ASSERT_EQ(records.size(), 2);
    EXPECT_EQ(records[0].consumer, value);
    EXPECT_EQ(records[1].amount, static_cast<std::int64_t>(value));
  }
}

// fault 114
TEST(Pairs, TakesUpTo19DigitsAndTheLargestNumber) {
  EXPECT_TRUE(takes("9223372036854775807 9223372036854775807"));
  EXPECT_TRUE(takes("0000000000000000001 0000000000000000000"));
  EXPECT_FALSE(takes("9223372036854775808 1"));
  EXPECT_FALSE(takes("1 9223372036854775808"));
  EXPECT_FALSE(takes("1 9999999999999999999"));
  EXPECT_FALSE(takes("1 18446744073709551617"));  // 2^64 + 1
  EXPECT_FALSE(takes("1 00000000000000000001"));  // good, but not usual
  EXPECT_FALSE(takes("1 100000000000000000000000001"));
}

TEST(Pairs, StopsInFrontOfTheFirstLineThatIsNotUsual) {
  const std::string lines = "1 2\n3 4\r\n5  6\n7 8\n";
  const WithMargins bytes(lines);
  std::array<Usage, 8> into{};
  const Parsed parsed = id_parser({})(bytes.lines(), no_limit, into);
  EXPECT_EQ(parsed.records, 2);
  EXPECT_EQ(lines.substr(parsed.bytes), "5  6\n7 8\n");
  EXPECT_EQ(into[1].consumer, 3);
  EXPECT_EQ(into[1].amount, 4);
}

// fault 117
TEST(Pairs, OnlyACarriageReturnRightBeforeTheNewlineEndsALine) {
  EXPECT_TRUE(takes("1 2\r"));
  EXPECT_FALSE(takes("1 2\r3"));
  EXPECT_FALSE(takes("1 2\r\r"));
}

TEST(Pairs, StopsWhereTheBatchIsFull) {
  const WithMargins bytes("1 2\n3 4\n");
  std::array<Usage, 1> into{};
  const auto parse = id_parser({});
  const Parsed parsed = parse(bytes.lines(), no_limit, into);
  EXPECT_EQ(parsed.records, 1);
  EXPECT_EQ(parsed.bytes, 4);
  EXPECT_EQ(parse(bytes.lines(), no_limit, {}).bytes, 0);
}

TEST(Pairs, LeavesLinesOverTheLimitToTheReferee) {
  EXPECT_TRUE(takes("12 3456", {.record_bytes_max = 8}));
  EXPECT_FALSE(takes("12 3456", {.record_bytes_max = 6}));
}

TEST(Pairs, BlanksSeparateWhereTheyMay) {
  const FormatOptions blank{.separator = Separator::blank};
  const auto records = parsed_ids(" \t1\t \t2 \t\r\n3 4\n", blank);
  ASSERT_EQ(records.size(), 2);
  EXPECT_EQ(records[0].consumer, 1);
  EXPECT_EQ(records[0].amount, 2);
  EXPECT_FALSE(takes(" \t", blank));
  EXPECT_FALSE(takes("1\t", blank));
}

TEST(Pairs, MinusSignsWhereTheyMay) {
  EXPECT_FALSE(takes("1 -2"));
  const FormatOptions negative{.negative = true};
  EXPECT_EQ(parsed_ids("1 -2\n", negative).at(0).amount, -2);
  EXPECT_EQ(parsed_ids("1 -9223372036854775807\n", negative).at(0).amount, -INT64_MAX);
  EXPECT_FALSE(takes("1 -9223372036854775808", negative));
  EXPECT_FALSE(takes("1 -", negative));
  EXPECT_FALSE(takes("-1 2", negative));
}

bool takes_text(const std::string& line, Separator separator = Separator::space) {
  const WithMargins bytes(line + "\n");
  std::array<TextUsage, 2> into{};
  const FormatOptions format{.key = KeyKind::text, .separator = separator};
  const Parsed parsed = text_parser(format)(bytes.lines(), no_limit, into);
  return parsed.records == 1 && line.starts_with(into[0].consumer) && into[0].amount == 5;
}

TEST(Pairs, TextKeysOfEveryLengthUpToTheLimit) {
  for (std::size_t length = 1; length <= limits::text_key_bytes; ++length) {
    ASSERT_TRUE(takes_text(std::string(length, 'k') + " 5")) << length;
  }
  EXPECT_FALSE(takes_text(std::string(limits::text_key_bytes + 1, 'k') + " 5"));
  EXPECT_FALSE(takes_text(" 5"));
}

// fault 119
TEST(Pairs, TextKeysAreCheckedWhereTheyAreNotAscii) {
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string front(before, 'k');
    EXPECT_TRUE(takes_text(front + "é 5")) << before;
    EXPECT_FALSE(takes_text(front + "\xc3 5")) << before;
    EXPECT_FALSE(takes_text(front + std::string(1, '\0') + " 5")) << before;
    EXPECT_FALSE(takes_text(front + "\t5")) << before;
    EXPECT_TRUE(takes_text(front + "k\t5", Separator::blank)) << before;
  }
}

TEST(Pairs, SumsOfIdsAreThoseOfARecordAtATime) {
  EXPECT_TRUE(rc::check([] {
    const unsigned shift = *rc::gen::inRange(0U, 63U);
    std::vector<Usage> wide;
    std::vector<SmallUsage> small;
    Int128 wide_sum = 0;
    std::uint64_t small_sum = 0;
    for (const std::int64_t any : *rc::gen::arbitrary<std::vector<std::int64_t>>()) {
      wide.push_back({.consumer = UINT64_MAX, .amount = any >> shift});
      small.push_back({.consumer = UINT32_MAX, .amount = static_cast<std::uint32_t>(any)});
      wide_sum += wide.back().amount;
      small_sum += small.back().amount;
    }
    RC_ASSERT(sum_of_amounts(wide) == wide_sum);
    RC_ASSERT(sum_of_amounts(small) == small_sum);
  }));
}

TEST(Pairs, SumsAreExactOverAFullBatch) {
  const std::vector<Usage> high(1024, {.amount = INT64_MAX});
  EXPECT_EQ(sum_of_amounts(high), Int128{INT64_MAX} * 1024);
  const std::vector<Usage> low(1024, {.amount = -INT64_MAX});
  EXPECT_EQ(sum_of_amounts(low), -Int128{INT64_MAX} * 1024);
  EXPECT_TRUE(rc::check([](const std::vector<std::int64_t>& amounts) {
    std::vector<TextUsage> records;
    Int128 sum = 0;
    for (const std::int64_t amount : amounts) {
      records.push_back({.amount = amount});
      sum += amount;
    }
    RC_ASSERT(sum_of_amounts(records) == sum);
  }));
}

// Lines from the bytes that matter, good ones among them.
rc::Gen<std::string> any_line() {
  const auto byte = rc::gen::element('0', '1', '5', '9', ' ', ' ', '\t', '-', '\r', 'x', '\0',
                                     '\xc3', '\xa9', '\x7f', '/', ':');
  const auto pair = rc::gen::map(
      rc::gen::pair(rc::gen::arbitrary<std::int64_t>(), rc::gen::arbitrary<std::int64_t>()),
      [](const auto& numbers) {
        return std::to_string(numbers.first) + " " + std::to_string(numbers.second);
      });
  return rc::gen::oneOf(rc::gen::container<std::string>(byte), pair);
}

// What the fast way takes, the referee finds good, with the same key and amount.
template <class Record>
void agrees_with_referee(const FormatOptions& format, PairParser<Record> parse) {
  const std::string line = *any_line() + "\n";
  const WithMargins bytes(line);
  std::array<Record, 1> into{};
  const Parsed parsed = parse(bytes.lines(), format.record_bytes_max, into);
  if (parsed.records == 0) {
    RC_ASSERT(parsed.bytes == 0);
    return;
  }
  RC_ASSERT(parsed.bytes == line.size());
  const Verdict verdict = judge(without_line_end(line), format);
  RC_ASSERT(verdict.kind == Verdict::Kind::good);
  RC_ASSERT(into[0].amount == verdict.amount);
  if constexpr (std::is_same_v<Record, Usage>) {
    RC_ASSERT(into[0].consumer == verdict.consumer);
  } else {
    RC_ASSERT(into[0].consumer == verdict.text);
  }
}

TEST(Pairs, AgreeWithTheReferee) {
  EXPECT_TRUE(rc::check([] {
    FormatOptions format{
        .separator = *rc::gen::element(Separator::space, Separator::blank),
        .negative = *rc::gen::arbitrary<bool>(),
        .record_bytes_max = *rc::gen::element<std::uint64_t>(4, 20, no_limit),
    };
    agrees_with_referee(format, id_parser(format));
    format.key = KeyKind::text;
    agrees_with_referee(format, text_parser(format));
  }));
}

}  // namespace
}  // namespace weir
