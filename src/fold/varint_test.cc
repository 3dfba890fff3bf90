// SPDX-License-Identifier: Apache-2.0
#include "fold/varint.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <limits>

namespace weir::varint {
namespace {

constexpr Int128 least = Int128{1} << 126 << 1;  // -2^127: it wraps
constexpr Int128 greatest = ~least;

TEST(Varint, EveryNumberComesBack) {
  EXPECT_TRUE(rc::check([](std::uint64_t bits, std::int64_t upper, std::uint8_t shift) {
    const std::uint64_t value = bits >> (shift % 64);
    const Int128 sum = (Int128{upper} * (Int128{1} << 64) + bits) >> (shift % 128);
    std::array<char, bytes_max_64 + bytes_max_128> bytes{};
    char* const end = put_wide(put(bytes.data(), value), zigzag(sum));
    Reader reader{.at = bytes.data(), .end = end};
    RC_ASSERT(reader.get() == value);
    RC_ASSERT(unzigzag(reader.get_wide()) == sum);
    RC_ASSERT(!reader.failed && reader.at == end);
  }));
}

TEST(Varint, TheGreatestNumbersTakeTheBytesThatAreReservedForThem) {
  std::array<char, 64> bytes{};
  const auto count = [&](const char* end) { return static_cast<std::size_t>(end - bytes.data()); };
  EXPECT_EQ(count(put(bytes.data(), std::numeric_limits<std::uint64_t>::max())), bytes_max_64);
  EXPECT_EQ(count(put_wide(bytes.data(), zigzag(greatest))), bytes_max_128);
  EXPECT_EQ(count(put_wide(bytes.data(), zigzag(least))), bytes_max_128);
  EXPECT_TRUE(unzigzag(zigzag(least)) == least);
  EXPECT_TRUE(unzigzag(zigzag(greatest)) == greatest);
}

TEST(Varint, AReaderFailsAtTheEndAndStaysFailed) {
  const std::array<char, 2> unended{'\x80', '\x80'};
  Reader reader{.at = unended.data(), .end = unended.data() + unended.size()};
  EXPECT_EQ(reader.get(), 0u);
  EXPECT_TRUE(reader.failed);
  EXPECT_EQ(reader.get_bytes(0), "");
  EXPECT_TRUE(reader.failed);
  const std::array<char, 3> text{'\x02', 'a', 'b'};
  Reader texts{.at = text.data(), .end = text.data() + text.size()};
  EXPECT_EQ(texts.get_bytes(texts.get()), "ab");
  EXPECT_FALSE(texts.failed);
  EXPECT_EQ(texts.get_bytes(1), "");
  EXPECT_TRUE(texts.failed);
}

}  // namespace
}  // namespace weir::varint
