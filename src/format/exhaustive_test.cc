// SPDX-License-Identifier: Apache-2.0
// Every file up to so many bytes over a few tricky ones, in units of 1 to 4 bytes and whole,
// against the exact reference.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/compare_units.h"
#include "support/reference.h"
#include "support/sanitizer.h"
#include "support/vector_ways.h"

namespace weir {
namespace {

using testing::reference_lines;
using testing::UnitComparison;

// What one byte of a file may be; more than one byte where a mark is meant as a whole.
using Alphabet = std::vector<std::string>;

const Alphabet tricky = {"0", "1", " ", "\n", "\r", "\t", "-", "x"};

struct Sweep {
  const Alphabet& alphabet;
  std::size_t length_max = 0;
  FormatOptions format;
  UnitReader::Options reader;
};

// Each with its way to read lines.
using Comparisons = std::vector<std::unique_ptr<UnitComparison>>;

Comparisons comparisons_for(UnitReader::Options options, const std::vector<Vectors>& ways) {
  Comparisons comparisons;
  for (const Vectors vectors : ways) {
    options.vectors = vectors;
    comparisons.push_back(std::make_unique<UnitComparison>(options));
  }
  return comparisons;
}

// Each unit size has its own seam of errors: all of them, and whole.
std::string first_difference(Comparisons& comparisons, const std::string& file,
                             const FormatOptions& format) {
  const auto lines = reference_lines(file, format);
  for (const std::uint64_t unit_bytes : {1, 2, 3, 4, 1000}) {
    if (unit_bytes < 1000 && unit_bytes >= file.size()) {
      continue;  // the same as whole
    }
    const Plan plan{.unit_bytes = unit_bytes, .format = format};
    for (const auto& comparison : comparisons) {
      std::string found = comparison->difference(file, plan, lines);
      if (!found.empty()) {
        return found + " of " + ::testing::PrintToString(file);
      }
    }
  }
  return "";
}

// Counts through all files like an odometer; returns how many there were. The longest ones, most of
// all, are read in the widest way alone.
std::uint64_t sweep(const Sweep& sweep) {
  Comparisons every_way = comparisons_for(sweep.reader, testing::vector_ways());
  Comparisons widest = comparisons_for(sweep.reader, {vectors_of_machine()});
  std::uint64_t files = 0;
  for (std::size_t length = 0; length <= sweep.length_max; ++length) {
    std::vector<std::size_t> digits(length, 0);
    while (true) {
      std::string file;
      for (const std::size_t digit : digits) {
        file += sweep.alphabet[digit];
      }
      ++files;
      const std::string found =
          first_difference(length < sweep.length_max ? every_way : widest, file, sweep.format);
      EXPECT_EQ(found, "");
      std::size_t at = 0;
      while (at < length && ++digits[at] == sweep.alphabet.size()) {
        digits[at++] = 0;
      }
      if (at == length || !found.empty()) {
        break;
      }
    }
  }
  return files;
}

constexpr std::size_t longest = testing::sanitized ? 5 : 7;

std::uint64_t files_up_to(std::size_t length, std::size_t alphabet) {
  return length == 0 ? 1 : 1 + alphabet * files_up_to(length - 1, alphabet);
}

// faults 110, 111, 117, 120, 122
TEST(Exhaustive, EveryTinyFileIsReadAsTheReferenceReadsIt) {
  // Reading in one block leaves only the edges of units; the texts of rejects are not looked at.
  EXPECT_EQ(sweep({.alphabet = tricky,
                   .length_max = longest,
                   .reader = {.rejects_kept = 0, .digest = false, .block_bytes = 16}}),
            files_up_to(longest, tricky.size()));
}

// fault 122
TEST(Exhaustive, BlocksOfAByteOrTwoCutLinesAnywhere) {
  for (const std::size_t block_bytes : {1, 2, 3}) {
    sweep({.alphabet = tricky,
           .length_max = longest - 2,
           .reader = {.digest = false, .block_bytes = block_bytes, .batch_records = 1}});
  }
}

// faults 109, 111
TEST(Exhaustive, BlankSeparators) {
  sweep({.alphabet = tricky,
         .length_max = longest - 1,
         .format = {.separator = Separator::blank},
         .reader = {.rejects_kept = 2, .digest = false, .block_bytes = 4}});
}

// fault 112
TEST(Exhaustive, NegativeAmounts) {
  sweep({.alphabet = tricky,
         .length_max = longest - 1,
         .format = {.negative = true},
         .reader = {.rejects_kept = 2, .digest = false, .block_bytes = 4}});
}

// faults 116, 119
TEST(Exhaustive, TextKeys) {
  const Alphabet characters = {
      "0", "a", " ", "\n", "\r", "\t", "\xc3", "\xa9", std::string(1, '\0')};
  for (const Separator separator : {Separator::space, Separator::blank}) {
    sweep({.alphabet = characters,
           .length_max = longest - 2,
           .format = {.key = KeyKind::text, .separator = separator, .negative = true},
           .reader = {.rejects_kept = 2, .digest = false, .block_bytes = 4}});
  }
}

// fault 121 (scaled: lines over 3 bytes)
TEST(Exhaustive, LinesOverATinyLimit) {
  for (const std::size_t block_bytes : {1, 2, 16}) {
    sweep({.alphabet = {"1", " ", "\n", "\r"},
           .length_max = longest + 1,
           .format = {.record_bytes_max = 3},
           .reader = {.rejects_kept = 5, .digest = false, .block_bytes = block_bytes}});
  }
}

// fault 118
TEST(Exhaustive, ByteOrderMarksWholeAndTorn) {
  const Alphabet marks = {"\xEF\xBB\xBF", "\xEF", "\xBB", "\xBF", "1", " ", "\n", "\r"};
  for (const KeyKind key : {KeyKind::integer, KeyKind::text}) {
    for (const std::uint64_t record_bytes_max : {3, 1 << 20}) {
      sweep({.alphabet = marks,
             .length_max = longest - 2,
             .format = {.key = key, .record_bytes_max = record_bytes_max},
             .reader = {.rejects_kept = 3, .digest = false, .block_bytes = 2}});
    }
  }
}

}  // namespace
}  // namespace weir
