// SPDX-License-Identifier: Apache-2.0
// Zipf's distribution without a table and without a logarithm, for any number of consumers. The
// weight of rank r is 1/r. Ranks fall into octaves, 2^k to 2^(k+1) - 1, of nearly equal weight:
//
//   rank    1 │ 2 3 │ 4 5 6 7 │ 8 … 15 │ …       draw an octave, each as likely,
//   drawn   1 │ 1/2 │   1/4   │   1/8  │ …       draw a rank of it, each as likely,
//   wanted  1 │ 1/r │   1/r   │   1/r  │ …       keep it with probability 2^k / r, else again.
//
// What is kept has exactly the weight 1/r (von Neumann's rejection); 7 of 10 draws are kept.
#include "flow/generate_lines.h"

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "base/check.h"

namespace weir {
namespace {

constexpr std::array<BadLine, 15> all_bad_lines = {BadLine::tab,
                                                   BadLine::two_spaces,
                                                   BadLine::space_at_the_end,
                                                   BadLine::no_amount,
                                                   BadLine::no_consumer,
                                                   BadLine::third_field,
                                                   BadLine::plus,
                                                   BadLine::minus,
                                                   BadLine::point,
                                                   BadLine::exponent,
                                                   BadLine::amount_overflow,
                                                   BadLine::letters,
                                                   BadLine::not_utf8,
                                                   BadLine::consumer_overflow,
                                                   BadLine::letters_as_consumer};

bool is_bad_for(const GenerateOptions& options, BadLine bad) {
  switch (bad) {
    case BadLine::minus:
      return options.amount_min >= 0;
    case BadLine::consumer_overflow:
    case BadLine::letters_as_consumer:
      return options.names != ConsumerNames::text;
    default:
      return true;
  }
}

std::vector<BadLine> bad_lines_for(const GenerateOptions& options) {
  std::vector<BadLine> lines;
  for (const BadLine bad : all_bad_lines) {
    if (is_bad_for(options, bad)) {
      lines.push_back(bad);
    }
  }
  return lines;
}

// Neighbouring seeds and files shall have nothing in common.
std::uint64_t seed_of_file(std::uint64_t seed, std::uint64_t file_number) {
  return NumberStream(NumberStream(seed).next() ^ file_number).next();
}

char* write_text(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* write_number(char* to, std::uint64_t number) {
  std::array<char, 20> digits;
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return write_text(to, {digits.data() + at, digits.size() - at});
}

char* write_amount(char* to, std::int64_t amount) {
  const auto bits = static_cast<std::uint64_t>(amount);
  if (amount < 0) {
    *to++ = '-';
  }
  return write_number(to, amount < 0 ? 0 - bits : bits);
}

char* write_consumer(char* to, ConsumerNames names, std::uint64_t rank) {
  if (names != ConsumerNames::text) {
    return write_number(to, consumer_id(names, rank));
  }
  constexpr std::array<std::string_view, 8> words = {"lyra", "zoë",    "amber", "tōkyō",
                                                     "nord", "cobalt", "x",     "東京"};
  to = write_text(to, words[rank % words.size()]);
  *to++ = '-';
  return write_number(to, rank);
}

// Between the fields, and after them.
struct Shape {
  std::string_view before_consumer;
  std::string_view between;
  std::string_view after_amount;
};

Shape shape_of(BadLine bad) {
  switch (bad) {
    case BadLine::tab:
      return {"", "\t", ""};
    case BadLine::two_spaces:
      return {"", "  ", ""};
    case BadLine::space_at_the_end:
      return {"", " ", " "};
    case BadLine::third_field:
      return {"", " ", " 7"};
    case BadLine::plus:
      return {"", " +", ""};
    case BadLine::minus:
      return {"", " -", ""};
    case BadLine::point:
      return {"", " ", ".5"};
    case BadLine::exponent:
      return {"", " ", "e3"};
    case BadLine::letters:
      return {"", " ", "kWh"};
    case BadLine::not_utf8:
      return {"\xff\xfe", " ", ""};
    case BadLine::letters_as_consumer:
      return {"id", " ", ""};
    default:
      return {"", " ", ""};
  }
}

char* write_bad_line(char* to, const GeneratedLine& line, ConsumerNames names) {
  constexpr std::string_view too_large = "9223372036854775808";  // 2^63
  // A minus sign belongs to the amount; what is wrong here must be wrong in one way only.
  const std::int64_t amount = line.amount < 0 ? 0 : line.amount;
  switch (line.bad) {
    case BadLine::no_amount:
      return write_consumer(to, names, line.rank);
    case BadLine::no_consumer:
      return write_amount(write_text(to, " "), amount);
    case BadLine::amount_overflow:
      return write_text(write_text(write_consumer(to, names, line.rank), " "), too_large);
    case BadLine::consumer_overflow:
      return write_amount(write_text(write_text(to, too_large), " "), amount);
    default: {
      const Shape shape = shape_of(line.bad);
      to = write_consumer(write_text(to, shape.before_consumer), names, line.rank);
      return write_text(write_amount(write_text(to, shape.between), amount), shape.after_amount);
    }
  }
}

}  // namespace

RejectReason reason_of(BadLine bad) {
  switch (bad) {
    case BadLine::tab:
    case BadLine::two_spaces:
    case BadLine::space_at_the_end:
      return RejectReason::bad_separator;
    case BadLine::no_amount:
      return RejectReason::missing_amount;
    case BadLine::no_consumer:
      return RejectReason::missing_consumer;
    case BadLine::third_field:
      return RejectReason::extra_field;
    case BadLine::plus:
    case BadLine::minus:
      return RejectReason::sign;
    case BadLine::point:
    case BadLine::exponent:
      return RejectReason::decimal;
    case BadLine::amount_overflow:
      return RejectReason::amount_too_large;
    case BadLine::letters:
      return RejectReason::bad_amount;
    case BadLine::not_utf8:
    case BadLine::letters_as_consumer:
      return RejectReason::bad_consumer;
    case BadLine::consumer_overflow:
      return RejectReason::consumer_too_large;
  }
  CHECK(false);
}

LineStream::LineStream(const GenerateOptions& options, std::uint64_t file_number)
    : options_(options),
      bad_lines_(bad_lines_for(options)),
      numbers_(seed_of_file(options.seed, file_number)) {}

std::uint64_t LineStream::draw_rank() {
  const std::uint64_t consumers = options_.consumers;
  if (options_.distribution == Distribution::uniform) {
    return 1 + numbers_.below(consumers);
  }
  const auto octaves = static_cast<std::uint64_t>(std::bit_width(consumers));
  for (;;) {
    const std::uint64_t first = std::uint64_t{1} << numbers_.below(octaves);
    const std::uint64_t rank = first + numbers_.below(first);
    if (rank <= consumers && numbers_.below(rank) < first) {
      return rank;
    }
  }
}

GeneratedLine LineStream::next() {
  GeneratedLine line;
  const std::uint64_t ticket = numbers_.below(1'000'000);
  line.rank = draw_rank();
  const UInt128 amounts =
      static_cast<UInt128>(Int128{options_.amount_max} - options_.amount_min) + 1;
  line.amount = static_cast<std::int64_t>(options_.amount_min +
                                          static_cast<Int128>(numbers_.next() * amounts >> 64));
  if (ticket < options_.bad_per_million) {
    line.kind = GeneratedLine::Kind::bad;
    line.bad = bad_lines_[numbers_.below(bad_lines_.size())];
  } else if (ticket < options_.bad_per_million + options_.blank_per_million) {
    line.kind = GeneratedLine::Kind::blank;
  }
  return line;
}

char* write_line(char* to, const GeneratedLine& line, ConsumerNames names) {
  if (line.kind == GeneratedLine::Kind::good) {
    to = write_consumer(to, names, line.rank);
    *to++ = ' ';
    to = write_amount(to, line.amount);
  } else if (line.kind == GeneratedLine::Kind::bad) {
    to = write_bad_line(to, line, names);
  }
  *to++ = '\n';
  return to;
}

std::uint64_t consumer_id(ConsumerNames names, std::uint64_t rank) {
  CHECK(names != ConsumerNames::text);
  if (names == ConsumerNames::dense) {
    return rank;
  }
  // Each step can be undone within 63 bits, so different ranks have different ids.
  constexpr std::uint64_t bits_63 = INT64_MAX;
  std::uint64_t id = rank * 0x9e3779b97f4a7c15 & bits_63;
  id ^= id >> 32;
  id = id * 0xbf58476d1ce4e5b9 & bits_63;
  return id ^ id >> 29;
}

std::string consumer_text(std::uint64_t rank) {
  std::array<char, generated_line_bytes_max> text;
  const char* const end = write_consumer(text.data(), ConsumerNames::text, rank);
  return std::string(static_cast<const char*>(text.data()), end);
}

}  // namespace weir
