// SPDX-License-Identifier: Apache-2.0
// The lines of one generated file, as an endless stream that follows from seed and file number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/int128.h"
#include "flow/generate.h"
#include "model/reject.h"

namespace weir {

// splitmix64 in a register; base/random.h has the same numbers for those who share a generator.
class NumberStream {
 public:
  explicit NumberStream(std::uint64_t seed) : counter_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = counter_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 to bound - 1; uneven by less than bound / 2^64.
  std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>(UInt128(next()) * bound >> 64);
  }

 private:
  std::uint64_t counter_;
};

// One way to be wrong: what stands in the line's place, and why that is refused.
enum class BadLine : std::uint8_t {
  tab,
  two_spaces,
  space_at_the_end,
  no_amount,
  no_consumer,
  third_field,
  plus,
  minus,
  point,
  exponent,
  amount_overflow,
  letters,
  not_utf8,
  consumer_overflow,    // integer keys only
  letters_as_consumer,  // the same
};
RejectReason reason_of(BadLine bad);

struct GeneratedLine {
  enum class Kind : std::uint8_t { good, bad, blank };
  Kind kind = Kind::good;
  BadLine bad = BadLine::tab;
  std::uint64_t rank = 0;  // of the consumer, from 1
  std::int64_t amount = 0;
};

inline constexpr std::size_t generated_line_bytes_max = 128;

class LineStream {
 public:
  LineStream(const GenerateOptions& options, std::uint64_t file_number);
  GeneratedLine next();

 private:
  std::uint64_t draw_rank();

  const GenerateOptions& options_;
  const std::vector<BadLine> bad_lines_;  // that are wrong for these options
  NumberStream numbers_;
};

// Writes the line and its end at `to`, which has room for generated_line_bytes_max; gives the end.
char* write_line(char* to, const GeneratedLine& line, ConsumerNames names);

// The consumer of a rank, as its key in lines and totals.
std::uint64_t consumer_id(ConsumerNames names, std::uint64_t rank);  // dense and sparse
std::string consumer_text(std::uint64_t rank);                       // text

}  // namespace weir
