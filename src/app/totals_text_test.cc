// SPDX-License-Identifier: Apache-2.0
#include "app/totals_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "base/random.h"

namespace weir {
namespace {

std::string line_of(const SumEntry& entry) {
  TotalsText text(false);
  text.add({&entry, 1});
  return std::string(text.text());
}

TEST(TotalsText, NumbersOfEveryLengthAreWrittenAsTheyAre) {
  const auto random = seeded_random(1);
  std::vector<std::uint64_t> numbers{0, std::numeric_limits<std::uint64_t>::max(), INT64_MAX};
  for (std::uint64_t power = 1;; power *= 10) {
    numbers.insert(numbers.end(), {power - 1, power, power + 1, power * 3});
    for (int i = 0; i < 1000; ++i) {
      numbers.push_back(random->next() % power);
    }
    if (power == 10'000'000'000'000'000'000U) {
      break;
    }
  }
  for (const std::uint64_t number : numbers) {
    const auto sum = static_cast<std::int64_t>(number);
    EXPECT_EQ(line_of({.id = number, .text = {}, .sum = sum}),
              std::to_string(number) + " " + std::to_string(sum) + "\n");
  }
}

TEST(TotalsText, SumsBeyond64BitsAreWrittenInFull) {
  const Int128 large = Int128{INT64_MAX} * INT64_MAX;
  EXPECT_EQ(line_of({.id = 7, .text = {}, .sum = large}),
            "7 85070591730234615847396907784232501249\n");
  EXPECT_EQ(line_of({.id = 7, .text = {}, .sum = -large}),
            "7 -85070591730234615847396907784232501249\n");
  EXPECT_EQ(line_of({.id = 7, .text = {}, .sum = Int128{1} << 63}), "7 9223372036854775808\n");
}

TEST(TotalsText, TextKeysKeepTheirBytesExceptOnATerminal) {
  const SumEntry entry{.text = "caf\xc3\xa9\x1b[1m", .sum = 5};
  TotalsText file(false);
  file.add({&entry, 1});
  EXPECT_EQ(file.text(), "caf\xc3\xa9\x1b[1m 5\n");
  TotalsText terminal(true);
  terminal.add({&entry, 1});
  EXPECT_EQ(terminal.text().find('\x1b'), std::string_view::npos);
}

TEST(TotalsText, ItStartsAnewWhenCleared) {
  TotalsText text(false);
  std::vector<SumEntry> entries(1000, {.id = 12345678901, .text = {}, .sum = 1});
  text.add(entries);
  EXPECT_EQ(text.text().size(), 14'000u);
  text.clear();
  text.add(std::span(entries).first(1));
  EXPECT_EQ(text.text(), "12345678901 1\n");
}

}  // namespace
}  // namespace weir
