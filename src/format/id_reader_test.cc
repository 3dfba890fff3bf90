// SPDX-License-Identifier: Apache-2.0
// Files whose lines change their kind again and again, so that who reads them changes, too: every
// way against the exact reference.
#include "format/id_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "support/compare_units.h"
#include "support/reference.h"
#include "support/vector_ways.h"

namespace weir {
namespace {

using testing::reference_lines;
using testing::UnitComparison;
using testing::vector_ways;

using Generator = std::mt19937_64;

std::uint64_t below(Generator& random, std::uint64_t bound) {
  return random() % bound;
}

// How the lines of a stretch look.
struct Kind {
  unsigned id_bits = 20;
  unsigned amount_bits = 10;
  std::string end = "\n";
  std::uint64_t unusual_every = 0;  // 0: none
};

Kind any_kind(Generator& random) {
  constexpr unsigned bits[] = {4, 13, 20, 26, 33, 63};
  constexpr std::uint64_t everies[] = {0, 0, 0, 0, 1, 2, 10, 100};
  return {.id_bits = bits[below(random, 6)],
          .amount_bits = bits[below(random, 6)],
          .end = below(random, 4) == 0 ? "\r\n" : "\n",
          .unusual_every = everies[below(random, 8)]};
}

std::string unusual_line(Generator& random) {
  constexpr const char* lines[] = {"",
                                   "x",
                                   "1  2",
                                   "1 2 3",
                                   "1\t2",
                                   " 1 2",
                                   "1 -2",
                                   "1 2\r",
                                   "99999999999999999999 1",
                                   "00000000000000000000000001 000000000000000000002",
                                   "9223372036854775807 9223372036854775807",
                                   "9223372036854775808 1"};
  return lines[below(random, std::size(lines))];
}

std::string any_file(Generator& random) {
  std::string file;
  for (std::uint64_t stretches = below(random, 12); stretches > 0; --stretches) {
    const Kind kind = any_kind(random);
    for (std::uint64_t lines = 1 + below(random, 400); lines > 0; --lines) {
      const bool unusual = kind.unusual_every > 0 && below(random, kind.unusual_every) == 0;
      file += unusual ? unusual_line(random)
                      : std::to_string(random() >> (64 - kind.id_bits)) + " " +
                            std::to_string(random() >> (64 - kind.amount_bits));
      file += kind.end;
    }
  }
  return file;
}

// faults 110, 111, 114, 116, 117, 119, 120
TEST(IdReader, LinesThatChangeTheirKindAreReadAsTheReferenceReadsThem) {
  Generator random(1);
  for (int round = 0; round < 100; ++round) {
    const std::string file = any_file(random);
    const FormatOptions format{
        .separator = below(random, 4) == 0 ? Separator::blank : Separator::space,
        .negative = below(random, 4) == 0};
    const auto lines = reference_lines(file, format);
    const std::uint64_t unit_bytes = 1 + file.size() / (1 + below(random, 3));
    const Plan plan{.unit_bytes = unit_bytes, .format = format};
    for (const Vectors vectors : vector_ways()) {
      UnitComparison comparison({.digest = false,
                                 .block_bytes = 1 + below(random, 20'000),
                                 .batch_records = 1 + below(random, 2'000),
                                 .vectors = vectors});
      ASSERT_EQ(comparison.difference(file, plan, lines), "") << to_text(vectors) << " " << round;
    }
  }
}

class CountedBatches final : public UsageSink {
 public:
  void add(std::span<const Usage> batch) override { wide += batch.size(); }
  void add(std::span<const SmallUsage> batch) override { small += batch.size(); }
  void add(std::span<const TextUsage> /*batch*/) override { FAIL(); }

  std::size_t small = 0;
  std::size_t wide = 0;
};

CountedBatches batches_of(Vectors vectors, const std::string& text) {
  const std::string margin(pairs_margin_bytes, '7');
  const std::string bytes = margin + text + margin;
  CountedBatches sink;
  IdReader reader({.vectors = vectors});
  reader.begin({}, sink);
  std::string_view lines(bytes.data() + margin.size(), text.size());
  while (!lines.empty()) {
    lines.remove_prefix(reader.read(lines).bytes);
    if (!lines.empty()) {
      const std::size_t end = lines.find('\n');
      reader.add({.consumer = 123'456'789'012, .amount = 1});
      lines.remove_prefix(end + 1);
    }
  }
  reader.flush();
  return sink;
}

std::string repeated(const std::string& line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) {
    text += line;
  }
  return text;
}

TEST(IdReader, SmallNumbersTravelInHalfTheBytesAlsoBehindLongOnes) {
  for (const Vectors vectors : vector_ways()) {
    const CountedBatches small = batches_of(vectors, repeated("12345678 9\n", 5000));
    EXPECT_EQ(small.small, 5000);
    const CountedBatches wide = batches_of(vectors, repeated("123456789012 9\n", 5000));
    EXPECT_EQ(wide.wide, 5000);
    const CountedBatches mixed =
        batches_of(vectors, repeated("1 9\n", 5000) + "123456789012 9\n" + repeated("2 9\n", 5000));
    EXPECT_EQ(mixed.small + mixed.wide, 10'001);
    EXPECT_GT(mixed.small, 9'000) << to_text(vectors);
  }
}

}  // namespace
}  // namespace weir
