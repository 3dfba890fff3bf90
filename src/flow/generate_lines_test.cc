// SPDX-License-Identifier: Apache-2.0
#include "flow/generate_lines.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/random.h"
#include "base/text.h"
#include "format/referee.h"

namespace weir {
namespace {

std::string text_of(const GeneratedLine& line, ConsumerNames names) {
  std::array<char, generated_line_bytes_max> room;
  const char* const end = write_line(room.data(), line, names);
  return std::string(static_cast<const char*>(room.data()), end);
}

std::string lines_of(const GenerateOptions& options, std::uint64_t file, int lines) {
  LineStream stream(options, file);
  std::string text;
  for (int i = 0; i < lines; ++i) {
    text += text_of(stream.next(), options.names);
  }
  return text;
}

std::map<std::uint64_t, int> ranks_of(const GenerateOptions& options, int lines) {
  LineStream stream(options, 1);
  std::map<std::uint64_t, int> ranks;
  for (int i = 0; i < lines; ++i) {
    ++ranks[stream.next().rank];
  }
  return ranks;
}

FormatOptions format_for(const GenerateOptions& options) {
  const bool text = options.names == ConsumerNames::text;
  return {.key = text ? KeyKind::text : KeyKind::integer, .negative = options.amount_min < 0};
}

TEST(NumberStream, ItHasTheNumbersOfTheSeededRandom) {
  NumberStream stream(42);
  const auto random = seeded_random(42);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(stream.next(), random->next());
  }
}

TEST(LineStream, LinesAreTheSameOnAnyMachine) {
  EXPECT_EQ(lines_of({.seed = 7, .consumers = 100}, 1, 3), "16 90\n71 207\n68 935\n");
  EXPECT_EQ(lines_of({.seed = 7,
                      .consumers = 1'000'000,
                      .distribution = Distribution::zipf,
                      .names = ConsumerNames::sparse,
                      .amount_min = -5,
                      .amount_max = INT64_MAX},
                     1, 3),
            "3017011683890231971 6464967354646027730\n"
            "3988169200566893722 5216944420788673711\n"
            "1460360835779927074 4032847115614096438\n");
  EXPECT_EQ(lines_of({.seed = 7, .names = ConsumerNames::text}, 1, 3),
            "cobalt-157 90\ncobalt-701 207\namber-674 935\n");
}

TEST(LineStream, OtherSeedsAndOtherFilesHaveOtherLines) {
  std::set<std::string> texts;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (std::uint64_t file = 0; file < 20; ++file) {
      texts.insert(lines_of({.seed = seed}, file, 5));
    }
  }
  EXPECT_EQ(texts.size(), 400u);
}

TEST(LineStream, UniformConsumersAreAllAboutAsFrequent) {
  const auto ranks = ranks_of({.consumers = 10}, 100'000);
  EXPECT_EQ(ranks.size(), 10u);
  EXPECT_EQ(ranks.begin()->first, 1u);
  for (const auto& [rank, count] : ranks) {
    EXPECT_NEAR(count, 10'000, 500) << rank;
  }
}

TEST(LineStream, ZipfConsumersHaveTheWeightOneOverTheirRank) {
  // H(100) = 1 + 1/2 + … + 1/100 = 5.18738: 100 lies within an octave, on purpose.
  const int lines = 400'000;
  const auto ranks = ranks_of({.consumers = 100, .distribution = Distribution::zipf}, lines);
  EXPECT_EQ(ranks.size(), 100u);
  EXPECT_EQ(ranks.rbegin()->first, 100u);
  for (const auto& [rank, count] : ranks) {
    const double wanted = lines / 5.18738 / static_cast<double>(rank);
    EXPECT_NEAR(count, wanted, 5 * std::sqrt(wanted)) << rank;
  }
}

TEST(LineStream, OneConsumerIsEnoughForEitherDistribution) {
  EXPECT_EQ(ranks_of({.consumers = 1}, 100).size(), 1u);
  EXPECT_EQ(ranks_of({.consumers = 1, .distribution = Distribution::zipf}, 100).size(), 1u);
}

TEST(LineStream, AmountsReachBothEndsOfTheirRange) {
  std::set<std::int64_t> amounts;
  const GenerateOptions options{.amount_min = -2, .amount_max = 2};
  LineStream stream(options, 1);
  for (int i = 0; i < 1000; ++i) {
    amounts.insert(stream.next().amount);
  }
  EXPECT_EQ(amounts, (std::set<std::int64_t>{-2, -1, 0, 1, 2}));
}

TEST(LineStream, BadAndBlankLinesHaveTheirShares) {
  const GenerateOptions options{.bad_per_million = 100'000, .blank_per_million = 50'000};
  LineStream stream(options, 1);
  std::map<GeneratedLine::Kind, int> kinds;
  for (int i = 0; i < 100'000; ++i) {
    ++kinds[stream.next().kind];
  }
  EXPECT_NEAR(kinds[GeneratedLine::Kind::bad], 10'000, 500);
  EXPECT_NEAR(kinds[GeneratedLine::Kind::blank], 5'000, 350);
}

// Every line means to the parser what the generator says it is.
void expect_parser_agrees(GenerateOptions options) {
  options.bad_per_million = 400'000;
  options.blank_per_million = 100'000;
  const FormatOptions format = format_for(options);
  LineStream stream(options, 1);
  std::set<BadLine> bad_seen;
  for (int i = 0; i < 5'000; ++i) {
    const GeneratedLine line = stream.next();
    std::string text = text_of(line, options.names);
    ASSERT_EQ(text.find('\n'), text.size() - 1);
    text.pop_back();
    const Verdict verdict = judge(text, format);
    SCOPED_TRACE(escaped(text));
    if (line.kind == GeneratedLine::Kind::bad) {
      bad_seen.insert(line.bad);
      ASSERT_EQ(verdict.kind, Verdict::Kind::reject);
      ASSERT_EQ(name(verdict.reason), name(reason_of(line.bad)));
    } else if (line.kind == GeneratedLine::Kind::blank) {
      ASSERT_EQ(verdict.kind, Verdict::Kind::blank);
    } else {
      ASSERT_EQ(verdict.kind, Verdict::Kind::good);
      ASSERT_EQ(verdict.amount, line.amount);
      const bool text_key = options.names == ConsumerNames::text;
      ASSERT_EQ(verdict.consumer, text_key ? 0 : consumer_id(options.names, line.rank));
      ASSERT_EQ(verdict.text, text_key ? consumer_text(line.rank) : "");
    }
  }
  EXPECT_GE(bad_seen.size(), 12u);
}

TEST(GeneratedLines, GoodOnesAreGoodAndBadOnesAreBadForTheReasonGiven) {
  for (const auto names : {ConsumerNames::dense, ConsumerNames::sparse, ConsumerNames::text}) {
    expect_parser_agrees({.names = names});
    expect_parser_agrees({.names = names, .amount_min = -1000});
    expect_parser_agrees({.names = names, .amount_min = INT64_MIN + 1, .amount_max = INT64_MAX});
    expect_parser_agrees({.consumers = 1ULL << 40, .names = names, .amount_max = INT64_MAX});
  }
}

TEST(Consumers, DifferentRanksHaveDifferentKeys) {
  std::set<std::uint64_t> ids;
  std::set<std::string> texts;
  for (std::uint64_t rank = 1; rank <= 20'000; ++rank) {
    const std::uint64_t id = consumer_id(ConsumerNames::sparse, rank);
    EXPECT_LE(id, static_cast<std::uint64_t>(INT64_MAX));
    ids.insert(id);
    texts.insert(consumer_text(rank));
    EXPECT_EQ(consumer_id(ConsumerNames::dense, rank), rank);
  }
  EXPECT_EQ(ids.size(), 20'000u);
  EXPECT_EQ(texts.size(), 20'000u);
}

TEST(Consumers, SparseIdsLieAllOverTheirRange) {
  std::set<std::uint64_t> sixteenths;
  for (std::uint64_t rank = 1; rank <= 200; ++rank) {
    sixteenths.insert(consumer_id(ConsumerNames::sparse, rank) >> 59);
  }
  EXPECT_EQ(sixteenths.size(), 16u);
}

}  // namespace
}  // namespace weir
