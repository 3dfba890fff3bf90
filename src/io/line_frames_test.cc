// SPDX-License-Identifier: Apache-2.0
#include "io/line_frames.h"

#include <gtest/gtest.h>

#include <vector>

namespace weir {
namespace {

using Lines = std::vector<std::string>;

// Fed in pieces of so many bytes.
struct Fed {
  Lines lines;
  bool too_long = false;
  bool begun = false;
};
Fed fed(const std::string& bytes, std::size_t piece, std::size_t line_bytes_max) {
  LineFrames frames(line_bytes_max);
  Fed all;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    frames.feed(std::string_view(bytes).substr(at, piece));
    while (const auto line = frames.next()) {
      all.lines.emplace_back(*line);
    }
  }
  all.too_long = frames.too_long();
  all.begun = frames.begun();
  return all;
}

TEST(LineFrames, LinesAreTheSameInPiecesOfAnySize) {
  const std::string bytes("one\n\ntwo\r\n\r\r\n\0three\nrest", 25);
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const Fed all = fed(bytes, piece, 100);
    EXPECT_EQ(all.lines, (Lines{"one", "", "two", "\r", std::string("\0three", 6)})) << piece;
    EXPECT_TRUE(all.begun);
    EXPECT_FALSE(all.too_long);
  }
  EXPECT_FALSE(fed("one\n", 4, 100).begun);
}

TEST(LineFrames, ALineOfTheLimitIsTakenAndALongerOneEndsAll) {
  for (std::size_t piece = 1; piece <= 12; ++piece) {
    EXPECT_EQ(fed("12345\n1\n", piece, 5).lines, (Lines{"12345", "1"}));
    const Fed cut = fed("1\n123456\n2\n", piece, 5);
    EXPECT_EQ(cut.lines, Lines{"1"});
    EXPECT_TRUE(cut.too_long);
    EXPECT_FALSE(cut.begun);
  }
  EXPECT_TRUE(fed("123456", 6, 5).too_long);
  EXPECT_FALSE(fed("12345", 5, 5).too_long);
}

}  // namespace
}  // namespace weir
