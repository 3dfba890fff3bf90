// SPDX-License-Identifier: Apache-2.0
// Whether 64 bytes hold nothing but usual numbers and separators, in a few operations on masks of a
// bit a byte, without looking at any line:
//
//   bytes      "23 4⏎567 89⏎1"     first byte = lowest bit, here on the left
//   other       0010100010010      everything but a digit; must be the spaces and ends
//   space       0010000010000
//   end         0000100000010      a line feed; the carriage return where lines end in CR LF
//   amounts     0011000011000      end - space: each subtraction borrows from the space up to the
//                                  end. It begins at every space, ends at every end, and changes
//                                  nowhere else, exactly if spaces and ends take turns.
//   empty       other & other << 1 a number without digits
//   reached     other, smeared up  by as many places as a number may have digits: where that leaves
//                                  a hole, a number is longer
//
// Tried for the turns: a prefix sum with PCLMULQDQ, as fast; and picking the line ends out of the
// separators with PEXT, which takes some hundred cycles on AMD before 2020.
#pragma once

#include <bit>
#include <cstdint>

#include "format/pairs.h"

namespace weir {

struct BlockMarks {
  std::uint64_t other = 0;
  std::uint64_t space = 0;
  std::uint64_t line_feed = 0;
  std::uint64_t carriage_return = 0;  // where lines end in CR LF
};

// Asked of one block after the other, from the first byte of a line on.
template <LineEnds ends, unsigned digits_max>
class BlockShape {
 public:
  // Bytes that are not `live` have no marks. False: not usual, and nothing more may be asked but
  // why.
  [[gnu::always_inline]] bool take(const BlockMarks& marks, std::uint64_t live) {
    constexpr bool crlf = ends == LineEnds::crlf;
    const std::uint64_t end = crlf ? marks.carriage_return : marks.line_feed;
    separators_ = marks.space | end;
    begins_ = marks.space | marks.line_feed;
    const std::uint64_t known = separators_ | begins_;
    const std::uint64_t amounts = end - marks.space - within_amount_;
    unusual_ = marks.other ^ known;
    unusual_ |= amounts ^ (amounts << 1 | within_amount_) ^ separators_;
    unusual_ |= (amounts ^ marks.space) & separators_;  // the last byte's change is not seen yet
    unusual_ |= separators_ & (known << 1 | after_other_);
    if constexpr (crlf) {
      unusual_ |= marks.line_feed ^ (end << 1 | after_return_);
    }
    const std::uint64_t unreached = live & ~(smeared(known) | reached_);
    if ((unusual_ | unreached) != 0) {
      return false;
    }
    // Some byte is a separator: else this many digits would have been too many.
    reached_ = low_bits(digits_max) >> std::countl_zero(known);
    within_amount_ = amounts >> 63;
    after_other_ = known >> 63;
    after_return_ = crlf ? end >> 63 : 0;
    return true;
  }

  // Of the block that was taken. What ends a number, and the bytes right before numbers.
  std::uint64_t separators() const { return separators_; }
  std::uint64_t begins() const { return begins_; }
  bool after_return() const { return after_return_ != 0; }  // it ends in one

  // Of a block that was not usual: long numbers are all that was in the way.
  bool only_too_long() const { return unusual_ == 0; }

 private:
  static constexpr std::uint64_t low_bits(unsigned count) {
    return (std::uint64_t{1} << count) - 1;
  }

  // Each mark, and digits_max places above it.
  [[gnu::always_inline]] static std::uint64_t smeared(std::uint64_t marks) {
    marks |= marks << 1;
    marks |= marks << 2;
    marks |= marks << 4;
    if constexpr (digits_max == 8) {
      return marks | marks << 1;
    } else {
      static_assert(digits_max == 24);
      marks |= marks << 8;
      return marks | marks << 9;
    }
  }

  std::uint64_t separators_ = 0;
  std::uint64_t begins_ = 0;
  std::uint64_t unusual_ = 0;
  // What the block before left; at first, that a line ended.
  std::uint64_t within_amount_ = 0;
  std::uint64_t after_other_ = 1;
  std::uint64_t after_return_ = 0;
  std::uint64_t reached_ = low_bits(digits_max);
};

}  // namespace weir
