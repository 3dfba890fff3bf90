// SPDX-License-Identifier: Apache-2.0
// Files of some hundred bytes, made of lines that are mostly good, under all options, against the
// exact reference.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

#include "support/compare_units.h"
#include "support/reference.h"
#include "support/vector_ways.h"

namespace weir {
namespace {

using testing::reference_lines;
using testing::UnitComparison;

rc::Gen<std::string> any_number() {
  const auto small =
      rc::gen::map(rc::gen::inRange(0, 200'000), [](int number) { return std::to_string(number); });
  const auto wide = rc::gen::map(rc::gen::arbitrary<std::uint64_t>(),
                                 [](std::uint64_t number) { return std::to_string(number); });
  const auto padded =
      rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 40), small), [](const auto& parts) {
        return std::string(static_cast<std::size_t>(parts.first), '0') + parts.second;
      });
  const auto edge = rc::gen::element<std::string>("9223372036854775807", "9223372036854775808",
                                                  "18446744073709551616", "00000000", "99999999",
                                                  "100000000", "-7", "-0", "+7", "1.5", "");
  return rc::gen::weightedOneOf<std::string>({{6, small}, {3, wide}, {2, padded}, {2, edge}});
}

rc::Gen<std::string> any_key() {
  const auto word = rc::gen::element<std::string>("alice", "bob-with-a-longer-name", "é",
                                                  "漢字漢字漢", "a\tb", "\xff", "x\r", "abcdefgh");
  return rc::gen::weightedOneOf<std::string>({{3, any_number()}, {1, word}});
}

rc::Gen<std::string> any_line() {
  const auto separator = rc::gen::weightedElement<std::string>(
      {{20, " "}, {1, "  "}, {1, "\t"}, {1, " \t "}, {1, ""}});
  const auto around = rc::gen::weightedElement<std::string>({{20, ""}, {1, " "}, {1, "\t"}});
  const auto pair = rc::gen::map(
      rc::gen::tuple(around, any_key(), separator, any_number(), around), [](const auto& parts) {
        return std::get<0>(parts) + std::get<1>(parts) + std::get<2>(parts) + std::get<3>(parts) +
               std::get<4>(parts);
      });
  const auto noise = rc::gen::container<std::string>(
      rc::gen::element('0', '1', ' ', '\t', '\r', '-', 'x', '\0', '\xc3', '\xa9'));
  const auto long_line =
      rc::gen::map(rc::gen::inRange<std::size_t>(20, 300),
                   [](std::size_t bytes) { return std::string(bytes, '0') + "1 1"; });
  return rc::gen::weightedOneOf<std::string>({{12, pair}, {2, noise}, {1, long_line}});
}

rc::Gen<std::string> any_file() {
  const auto line_end =
      rc::gen::weightedElement<std::string>({{8, "\n"}, {2, "\r\n"}, {1, "\n\n"}});
  const auto line = rc::gen::map(rc::gen::pair(any_line(), line_end),
                                 [](const auto& parts) { return parts.first + parts.second; });
  return rc::gen::map(
      rc::gen::tuple(rc::gen::weightedElement<std::string>({{6, ""}, {1, "\xEF\xBB\xBF"}}),
                     rc::gen::container<std::vector<std::string>>(line),
                     rc::gen::weightedOneOf<std::string>(
                         {{2, rc::gen::just(std::string())}, {1, any_line()}})),
      [](const auto& parts) {
        std::string file = std::get<0>(parts);
        for (const std::string& each : std::get<1>(parts)) {
          file += each;
        }
        return file + std::get<2>(parts);
      });
}

FormatOptions any_format() {
  return {.key = *rc::gen::element(KeyKind::integer, KeyKind::text),
          .separator = *rc::gen::element(Separator::space, Separator::blank),
          .negative = *rc::gen::arbitrary<bool>(),
          .record_bytes_max = *rc::gen::element<std::uint64_t>(1 << 20, 1 << 20, 50, 8)};
}

// faults 110, 111, 112, 114, 116, 117, 119, 120, 121, 122
TEST(FormatProperty, UnitsOfAnySizeAgreeWithTheReference) {
  EXPECT_TRUE(rc::check([] {
    const std::string file = *any_file();
    Plan plan{.format = any_format()};
    const auto lines = reference_lines(file, plan.format);
    for (int cut = 0; cut < 20; ++cut) {
      plan.unit_bytes = *rc::gen::inRange<std::uint64_t>(1, file.size() + 2);
      UnitComparison comparison(
          {.rejects_kept = *rc::gen::element<std::uint64_t>(0, 3, 1000),
           .digest = false,
           .block_bytes = *rc::gen::weightedOneOf<std::size_t>(
               {{3, rc::gen::inRange<std::size_t>(1, 64)}, {1, rc::gen::just<std::size_t>(4096)}}),
           .batch_records = *rc::gen::inRange<std::size_t>(1, 8),
           .vectors = *rc::gen::elementOf(testing::vector_ways())});
      const std::string found = comparison.difference(file, plan, lines);
      RC_LOG() << found << "\n";
      RC_ASSERT(found.empty());
    }
  }));
}

// A file of only usual lines goes the fast way, in blocks and batches of any size.
TEST(FormatProperty, GoodFilesAgreeWithTheReference) {
  EXPECT_TRUE(rc::check([] {
    std::string file;
    const int lines = *rc::gen::inRange(0, 400);
    for (int i = 0; i < lines; ++i) {
      file += std::to_string(*rc::gen::arbitrary<std::uint64_t>() >> *rc::gen::inRange(1, 63)) +
              " " + std::to_string(*rc::gen::inRange(0, 100'000)) + "\n";
    }
    const Plan plan{.unit_bytes = *rc::gen::inRange<std::uint64_t>(20, 5000),
                    .format = {.key = *rc::gen::element(KeyKind::integer, KeyKind::text)}};
    UnitComparison comparison({.digest = false,
                               .block_bytes = *rc::gen::inRange<std::size_t>(1, 2000),
                               .batch_records = *rc::gen::inRange<std::size_t>(1, 100),
                               .vectors = *rc::gen::elementOf(testing::vector_ways())});
    const std::string found = comparison.difference(file, plan, reference_lines(file, plan.format));
    RC_LOG() << found << "\n";
    RC_ASSERT(found.empty());
  }));
}

}  // namespace
}  // namespace weir
