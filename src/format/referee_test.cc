// SPDX-License-Identifier: Apache-2.0
#include "format/referee.h"

#include <gtest/gtest.h>

#include <string>

#include "model/limits.h"

namespace weir {
namespace {

using namespace std::string_literals;

constexpr std::int64_t largest = INT64_MAX;

// "good KEY AMOUNT", "blank", or the name of the reason.
std::string judged(std::string_view line, const FormatOptions& format = {}) {
  const Verdict verdict = judge(line, format);
  switch (verdict.kind) {
    case Verdict::Kind::good:
      return "good " +
             (format.key == KeyKind::text ? std::string(verdict.text)
                                          : std::to_string(verdict.consumer)) +
             " " + std::to_string(verdict.amount);
    case Verdict::Kind::blank:
      return "blank";
    case Verdict::Kind::reject:
      break;
  }
  return std::string(name(verdict.reason));
}

const FormatOptions blank = {.separator = Separator::blank};
const FormatOptions negative = {.negative = true};
const FormatOptions text = {.key = KeyKind::text};
const FormatOptions text_blank = {.key = KeyKind::text, .separator = Separator::blank};

TEST(Referee, TakesTwoNumbersWithOneSpaceBetween) {
  EXPECT_EQ(judged("123 12345"), "good 123 12345");
  EXPECT_EQ(judged("0 0"), "good 0 0");
  EXPECT_EQ(judged("9223372036854775807 9223372036854775807"),
            "good 9223372036854775807 9223372036854775807");
}

// fault 109
TEST(Referee, AnEmptyLineIsBlankAndOneOfBlanksOnlyWhereBlanksSeparate) {
  EXPECT_EQ(judged(""), "blank");
  EXPECT_EQ(judged(" "), "missing_consumer");
  EXPECT_EQ(judged("\t"), "bad_separator");
  EXPECT_EQ(judged(" \t ", blank), "blank");
  EXPECT_EQ(judged(" \t ", text_blank), "blank");
  EXPECT_EQ(judged("\t", text), "bad_separator");
}

// fault 110
TEST(Referee, MissingAndExtraFieldsAreRejected) {
  EXPECT_EQ(judged(" 5"), "missing_consumer");
  EXPECT_EQ(judged("5"), "missing_amount");
  EXPECT_EQ(judged("5 "), "missing_amount");
  EXPECT_EQ(judged("5", blank), "missing_amount");
  EXPECT_EQ(judged("5 6 7"), "extra_field");
  EXPECT_EQ(judged("5 6 7", blank), "extra_field");
  EXPECT_EQ(judged("a b 7", text), "extra_field");
}

// fault 111
TEST(Referee, OnlyOneSpaceSeparatesUnlessBlanksDo) {
  for (const char* line : {"1  2", "1\t2", "1 \t2", "1 2 ", "1 2\t", "\t1 2"}) {
    EXPECT_EQ(judged(line), "bad_separator") << line;
    EXPECT_EQ(judged(line, blank), "good 1 2") << line;
    EXPECT_EQ(judged(line, text_blank), "good 1 2") << line;
  }
  EXPECT_EQ(judged(" 1 2"), "missing_consumer");
  EXPECT_EQ(judged(" \t 1 \t 2 \t ", blank), "good 1 2");
}

// fault 112
TEST(Referee, SignsAndDecimalsHaveReasonsOfTheirOwn) {
  EXPECT_EQ(judged("1 -2"), "sign");
  EXPECT_EQ(judged("1 +2"), "sign");
  EXPECT_EQ(judged("1 +2", negative), "sign");
  EXPECT_EQ(judged("-1 2"), "bad_consumer");
  EXPECT_EQ(judged("-1 2", negative), "bad_consumer");
  for (const char* line : {"1 1.5", "1 .5", "1 5.", "1 1e3", "1 1E3", "1 1,000", "1 -1.5"}) {
    EXPECT_EQ(judged(line), "decimal") << line;
  }
  for (const char* line : {"1 0x10", "1 -", "1 --2", "1 -+2", "1 .", "1 e", "1 1_000", "1 2-3"}) {
    EXPECT_EQ(judged(line, negative), "bad_amount") << line;
  }
}

// fault 112
TEST(Referee, AMinusSignIsTakenWhereItIsAllowed) {
  EXPECT_EQ(judged("1 -2", negative), "good 1 -2");
  EXPECT_EQ(judged("1 -0", negative), "good 1 0");
  EXPECT_EQ(judged("1 -9223372036854775807", negative), "good 1 -9223372036854775807");
  EXPECT_EQ(judged("1 -9223372036854775808", negative), "amount_too_large");
}

// fault 113
TEST(Referee, OnlyTheTenDigitsAreDigits) {
  EXPECT_EQ(judged("1 12x"), "bad_amount");
  EXPECT_EQ(judged("x 12"), "bad_consumer");
  EXPECT_EQ(judged("1 \u0661\u0662"), "bad_amount");  // Arabic
  EXPECT_EQ(judged("\uff11 2"), "bad_consumer");      // full width
  EXPECT_EQ(judged("1\u00a02"), "missing_amount");    // a no-break space does not separate
  EXPECT_EQ(judged("1\u00a02 3", text), "good 1\u00a02 3");
}

// fault 114
TEST(Referee, LimitsAreExactAndZerosInFrontMeanNothing) {
  const auto both = [](const std::string& number) {
    return judged(number + " 1") + ", " + judged("1 " + number);
  };
  const std::string too_large = "consumer_too_large, amount_too_large";
  EXPECT_EQ(both(std::to_string(largest)),
            "good 9223372036854775807 1, good 1 9223372036854775807");
  for (const char* over :
       {"9223372036854775808", "9999999999999999999", "18446744073709551615",
        "18446744073709551616", "18446744073709551617", "99999999999999999999"}) {
    EXPECT_EQ(both(over), too_large) << over;
  }
  EXPECT_EQ(both(std::string(40, '9')), too_large);
  EXPECT_EQ(both(std::string(1'000'000, '9')), too_large);
  EXPECT_EQ(both("0000000000000000000001"), "good 1 1, good 1 1");
  EXPECT_EQ(both(std::string(1'000'000, '0') + "1"), "good 1 1, good 1 1");
  EXPECT_EQ(both(std::string(1'000'000, '0')), "good 0 1, good 1 0");
  EXPECT_EQ(both(std::string(50, '0') + std::to_string(largest)),
            "good 9223372036854775807 1, good 1 9223372036854775807");
}

// fault 116
TEST(Referee, ZerosInFrontBelongToATextKey) {
  EXPECT_EQ(judged("007 1"), "good 7 1");
  EXPECT_EQ(judged("007 1", text), "good 007 1");
}

// fault 119
TEST(Referee, TextKeysAreUtf8WithoutNul) {
  EXPECT_EQ(judged("Zoë-漢字 5", text), "good Zoë-漢字 5");
  EXPECT_EQ(judged("a\x1a\x7f\r 5", text), "good a\x1a\x7f\r 5");
  EXPECT_EQ(judged("a\0b 5"s, text), "bad_consumer");
  EXPECT_EQ(judged("\xff 5", text), "bad_consumer");
  EXPECT_EQ(judged("\xc3 5", text), "bad_consumer");
  EXPECT_EQ(judged("\xed\xa0\x80 5", text), "bad_consumer");  // a surrogate
  EXPECT_EQ(judged("\xc0\xaf 5", text), "bad_consumer");      // overlong
  EXPECT_EQ(judged("1\0 5"s), "bad_consumer");
  EXPECT_EQ(judged("1 5\x1a"), "bad_amount");
}

// faults 111, 119
TEST(Referee, ATabBelongsToATextKeyUnlessBlanksSeparate) {
  EXPECT_EQ(judged("a\tb 5", text), "good a\tb 5");
  EXPECT_EQ(judged("a\tb 5", text_blank), "extra_field");
  EXPECT_EQ(judged("a\t5", text), "bad_separator");
  EXPECT_EQ(judged("a 5\t", text), "bad_separator");
  EXPECT_EQ(judged("a\t5", text_blank), "good a 5");
}

// fault 125 (the length of a key)
TEST(Referee, TextKeysHaveALengthLimit) {
  const std::string longest(limits::text_key_bytes, 'k');
  EXPECT_EQ(judged(longest + " 5", text), "good " + longest + " 5");
  EXPECT_EQ(judged(longest + "k 5", text), "consumer_too_large");
  EXPECT_EQ(
      judged(std::string(limits::text_key_bytes / 2, 'k') + std::string(257, 'x') + "\xc3\xa9 5",
             text)
          .substr(0, 4),
      "good");
}

// fault 117
TEST(Referee, ACarriageReturnWithinALineIsAByteLikeAnother) {
  EXPECT_EQ(judged("\r"), "missing_amount");
  EXPECT_EQ(judged("1 2\r"), "bad_amount");
  EXPECT_EQ(judged("1\r2"), "missing_amount");
  EXPECT_EQ(judged("1 2\r", blank), "bad_amount");
}

// fault 118
TEST(Referee, AByteOrderMarkThatIsNotAtTheStartIsNoDigit) {
  EXPECT_EQ(judged("\xEF\xBB\xBF"
                   "1 2"),
            "bad_consumer");
}

TEST(Referee, TheLimitOfALineComesFirst) {
  const FormatOptions short_lines = {.record_bytes_max = 5};
  EXPECT_EQ(judged("12 34", short_lines), "good 12 34");
  EXPECT_EQ(judged("12 345", short_lines), "line_too_long");
  EXPECT_EQ(judged("      ", {.separator = Separator::blank, .record_bytes_max = 5}),
            "line_too_long");
  EXPECT_EQ(judged("", {.record_bytes_max = 0}), "blank");
}

}  // namespace
}  // namespace weir
