// SPDX-License-Identifier: Apache-2.0
// The vector ways against the referee, line by line: what they take must be good and mean the same,
// and they must take whatever is usual.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <string>
#include <vector>

#include "format/pairs.h"
#include "format/referee.h"
#include "format/tally.h"
#include "support/sanitizer.h"
#include "support/vector_ways.h"
#include "support/with_margins.h"

namespace weir {
namespace {

using testing::vector_ways;
using testing::WithMargins;

template <class Record>
BlockParser<Record> parser_of(Vectors vectors) {
  if constexpr (std::is_same_v<Record, SmallUsage>) {
    return block_parsers(vectors).small;
  } else {
    return block_parsers(vectors).wide;
  }
}

bool is_number(std::string_view text, std::size_t digits_max) {
  return !text.empty() && text.size() <= digits_max &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A line with its end.
template <class Record>
bool is_usual(std::string_view line, LineEnds ends) {
  constexpr std::size_t digits_max = std::is_same_v<Record, SmallUsage> ? 8 : 24;
  const std::string_view end = ends == LineEnds::crlf ? "\r\n" : "\n";
  if (!line.ends_with(end)) {
    return false;
  }
  line.remove_suffix(end.size());
  const std::size_t space = line.find(' ');
  return space != std::string_view::npos && is_number(line.substr(0, space), digits_max) &&
         is_number(line.substr(space + 1), digits_max) &&
         judge(line, {}).kind == Verdict::Kind::good;
}

// What is wrong with what a parser made of lines; empty: nothing.
template <class Record>
std::string complaint(BlockParser<Record> parse, LineEnds ends, std::string_view lines) {
  std::vector<Record> into(lines.size() / 4 + 2 * block_records_max);
  const Parsed parsed = parse(ends, lines, into);
  std::size_t at = 0;
  for (std::size_t i = 0; i < parsed.records; ++i) {
    const std::size_t end = lines.find('\n', at) + 1;
    const std::string_view line = lines.substr(at, end - at);
    if (end == 0 || !is_usual<Record>(line, ends)) {
      return "took line " + std::to_string(i);
    }
    const Verdict verdict = judge(without_line_end(line), {});
    if (into[i].consumer != verdict.consumer ||
        static_cast<std::int64_t>(into[i].amount) != verdict.amount) {
      return "misread line " + std::to_string(i);
    }
    at = end;
  }
  if (parsed.bytes != at) {
    return "ends at byte " + std::to_string(parsed.bytes);
  }
  // It may stop in front of a block that is not usual: the next block's lines hold the reason.
  const std::size_t reason_begin = at;
  while (at < lines.size() && at < reason_begin + 2 * 64) {
    const std::size_t end = lines.find('\n', at) + 1;
    if (!is_usual<Record>(lines.substr(at, end - at), ends)) {
      return "";
    }
    at = end;
  }
  return reason_begin == lines.size() ? "" : "stopped for no reason";
}

std::string complaint_of_all(std::string_view text) {
  const WithMargins bytes(text);
  for (const Vectors vectors : vector_ways()) {
    if (vectors == Vectors::portable) {
      continue;
    }
    for (const LineEnds ends : {LineEnds::lf, LineEnds::crlf}) {
      const std::string small = complaint(parser_of<SmallUsage>(vectors), ends, bytes.lines());
      const std::string wide = complaint(parser_of<Usage>(vectors), ends, bytes.lines());
      if (!small.empty() || !wide.empty()) {
        return std::string(to_text(vectors)) + (ends == LineEnds::crlf ? " crlf" : " lf") +
               " small: " + small + " wide: " + wide + " of " + ::testing::PrintToString(text);
      }
    }
  }
  return "";
}

// Usual lines of so many bytes; 0, 4 or more.
std::string filler(std::size_t bytes, const std::string& end = "\n") {
  std::string text;
  while (text.size() < bytes) {
    const std::size_t left = bytes - text.size();
    const std::size_t line = left < 16 ? left : 8;
    text += std::string(line - 2 - end.size(), '7') + " " + "3" + end;
  }
  return text;
}

// Counts through all texts of a length.
template <class Function>
void for_all_texts(std::size_t length, Function function) {
  constexpr std::string_view tricky = "01 \n\r\t-x";
  std::string text(length, tricky[0]);
  std::vector<std::size_t> digits(length, 0);
  for (std::size_t at = 0; at < length;) {
    function(text);
    for (at = 0; at < length; ++at) {
      digits[at] = (digits[at] + 1) % tricky.size();
      text[at] = tricky[digits[at]];
      if (digits[at] != 0) {
        break;
      }
    }
  }
}

constexpr std::size_t longest = testing::sanitized ? 4 : 7;

// faults 110, 111, 117, 120, 122
TEST(BlockParsers, EveryTinyTextIsReadAsTheRefereeReadsIt) {
  for (std::size_t length = 1; length <= longest; ++length) {
    for_all_texts(length,
                  [](const std::string& text) { ASSERT_EQ(complaint_of_all(text + "\n"), ""); });
  }
}

// fault 122
TEST(BlockParsers, EveryTinyTextAcrossTheEdgeOfABlock) {
  for (std::size_t before = 66 - longest; before < 64; ++before) {
    const std::string front = filler(before);
    for_all_texts(longest - 2, [&front](const std::string& text) {
      ASSERT_EQ(complaint_of_all(front + text + "\n8 9\n"), "");
    });
  }
}

// In front of a number of so many digits, so that it fits.
std::string zeros(std::size_t digits) {
  return std::string(digits > 18 ? digits - 18 : 0, '0');
}

// faults 114, 117, 122
TEST(BlockParsers, NumbersOfEveryLengthAtEveryPlaceOfABlock) {
  const std::string digits = "9123456789012345678901234";
  for (const std::string end : {"\n", "\r\n"}) {
    for (std::size_t place = 0; place < 64; ++place) {
      const std::string front = filler(place < 5 ? place + 64 : place, end);
      for (std::size_t id = 1; id <= 25; ++id) {
        for (std::size_t amount = 1; amount <= 25; ++amount) {
          const std::string line = zeros(id) + digits.substr(0, id - zeros(id).size()) + " " +
                                   zeros(amount) +
                                   digits.substr(25 - amount + zeros(amount).size());
          ASSERT_EQ(complaint_of_all(front + line + end + filler(20, end)), "") << place;
        }
      }
    }
  }
}

// fault 114
TEST(BlockParsers, TheLargestNumbersAtEveryPlaceOfABlock) {
  const std::vector<std::string> edges = {"9223372036854775807",
                                          "9223372036854775808",
                                          "9999999999999999999",
                                          "10000000000000000000",
                                          "18446744073709551616",
                                          "00000000000000000001",
                                          "000009223372036854775807",
                                          "000009223372036854775808",
                                          "000099999999999999999999",
                                          "100000000000000000000001",
                                          "0000000000000000001",
                                          "99999999",
                                          "100000000",
                                          "000000001",
                                          "00000000",
                                          ""};
  for (std::size_t place = 64; place < 128; ++place) {
    for (const std::string& id : edges) {
      for (const std::string& amount : edges) {
        ASSERT_EQ(complaint_of_all(filler(place) + id + " " + amount + "\n1 2\n"), "") << place;
      }
    }
  }
}

// fault 114
TEST(BlockParsers, OneUnusualByteAtEveryPlace) {
  const std::string lines = filler(200);
  for (std::size_t place = 0; place < lines.size(); ++place) {
    for (const char byte : std::string(" \n\r\t-x/:\0\xff", 10)) {
      std::string changed = lines;
      changed[place] = byte;
      ASSERT_EQ(complaint_of_all(changed + "\n"), "") << place;
    }
  }
}

TEST(BlockParsers, SayThatALongNumberIsAllThatStopsSmallOnes) {
  for (const Vectors vectors : vector_ways()) {
    const auto parse = parser_of<SmallUsage>(vectors);
    std::array<SmallUsage, 64> into{};
    const auto stops_for_length = [&](const std::string& text) {
      const WithMargins bytes(text);
      return parse(LineEnds::lf, bytes.lines(), into).long_number;
    };
    if (parse != nullptr) {
      EXPECT_TRUE(stops_for_length(filler(50) + "123456789 1\n" + filler(80)));
      EXPECT_TRUE(stops_for_length(filler(50) + "1 000000001\n"));
      EXPECT_TRUE(stops_for_length(std::string(80, '1') + " 1\n"));
      EXPECT_FALSE(stops_for_length(filler(50) + "12345678  1\n" + filler(80)));
      EXPECT_FALSE(stops_for_length(filler(8) + "123456789 x\n" + filler(80)));
      EXPECT_FALSE(stops_for_length(filler(120)));
    }
  }
}

TEST(BlockParsers, StopWhereThereIsNoRoomForABlock) {
  const WithMargins bytes(filler(8000));
  for (const Vectors vectors : vector_ways()) {
    const auto parse = parser_of<SmallUsage>(vectors);
    for (std::size_t room = 0; parse != nullptr && room < 100; ++room) {
      std::vector<SmallUsage> into(room + 1, {.consumer = 77});
      const Parsed parsed = parse(LineEnds::lf, bytes.lines(), std::span(into).first(room));
      EXPECT_EQ(parsed.bytes, 8 * parsed.records);
      EXPECT_LE(parsed.records, room);
      EXPECT_EQ(into[room].consumer, 77) << "written behind its room";
      EXPECT_TRUE(parsed.records > 0 || room < block_records_max);
    }
  }
}

rc::Gen<std::string> any_line(const std::string& end) {
  const auto number =
      rc::gen::map(rc::gen::pair(rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange(0, 64)),
                   [](const auto& parts) { return std::to_string(parts.first >> parts.second); });
  const auto noise =
      rc::gen::container<std::string>(rc::gen::element('0', '9', ' ', '\n', '\r', 'x'));
  const auto pair = rc::gen::map(rc::gen::pair(number, number), [end](const auto& numbers) {
    return numbers.first + " " + numbers.second + end;
  });
  return rc::gen::weightedOneOf<std::string>({{30, pair}, {1, noise}});
}

// faults 110, 111, 114, 117, 120, 122
TEST(BlockParsers, AgreeWithTheRefereeOnAnyLines) {
  EXPECT_TRUE(rc::check([] {
    const std::string end = *rc::gen::element<std::string>("\n", "\r\n");
    std::string text;
    for (const std::string& line : *rc::gen::container<std::vector<std::string>>(any_line(end))) {
      text += line;
    }
    RC_ASSERT(complaint_of_all(text + end) == "");
  }));
}

}  // namespace
}  // namespace weir
