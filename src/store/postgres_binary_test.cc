// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_binary.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

std::string numeric(Int128 value) {
  std::string bytes;
  append_numeric(bytes, value);
  std::string text;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    text.push_back("0123456789abcdef"[number >> 4]);
    text.push_back("0123456789abcdef"[number & 15]);
  }
  return text;
}

// As the server's own numeric_send writes them: length; digits, weight, sign, scale; digits.
TEST(PostgresBinary, NumbersAreDigitsOfTenThousand) {
  EXPECT_EQ(numeric(0),
            "00000008"
            "0000000000000000");
  EXPECT_EQ(numeric(1),
            "0000000a"
            "0001000000000000"
            "0001");
  EXPECT_EQ(numeric(-1),
            "0000000a"
            "0001000040000000"
            "0001");
  EXPECT_EQ(numeric(10000),
            "0000000c"
            "0002000100000000"
            "00010000");
  EXPECT_EQ(numeric(123456789),
            "0000000e"
            "0003000200000000"
            "000109291a85");
}

TEST(PostgresBinary, TheSmallestNumberHasASignOfItsOwn) {
  constexpr Int128 smallest = Int128{1} << 127;  // its negative is no Int128
  EXPECT_EQ(numeric(smallest).substr(8, 16), "000a000940000000");
}

}  // namespace
}  // namespace weir
