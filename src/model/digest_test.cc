// SPDX-License-Identifier: Apache-2.0
#include "model/digest.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

#include "base/random.h"

namespace weir {
namespace {

std::string bytes_of(std::uint64_t seed, std::size_t size) {
  const auto random = seeded_random(seed);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random->next()); });
  return bytes;
}

UInt128 digest_of(std::string_view bytes, std::uint64_t begin = 0, std::size_t portion = SIZE_MAX) {
  Digest digest(begin);
  for (std::size_t at = 0; at < bytes.size(); at += std::min(portion, bytes.size() - at)) {
    digest.add(bytes.substr(at, portion));
  }
  return digest.finish();
}

TEST(Digest, ItDoesNotDependOnThePortions) {
  const std::string bytes = bytes_of(1, 2 * digest_block_bytes + 12345);
  const UInt128 whole = digest_of(bytes);
  EXPECT_TRUE(rc::check([&] {
    const auto portion = *rc::gen::inRange<std::size_t>(5000, bytes.size());
    RC_ASSERT(digest_of(bytes, 0, portion) == whole);
  }));
  EXPECT_EQ(digest_of(bytes, 0, digest_block_bytes), whole);
  EXPECT_EQ(digest_of(bytes, 0, digest_block_bytes - 1), whole);
  EXPECT_EQ(digest_of(bytes, 0, digest_block_bytes + 1), whole);
}

TEST(Digest, TheDigestOfAFileIsTheSumOverItsUnits) {
  const std::string bytes = bytes_of(2, 5 * digest_block_bytes + 77);
  for (const std::size_t blocks : {1u, 2u, 3u}) {
    UInt128 sum = 0;
    for (std::size_t at = 0; at < bytes.size(); at += blocks * digest_block_bytes) {
      const std::string_view whole(bytes);
      sum += digest_of(whole.substr(at, blocks * digest_block_bytes), at);
    }
    EXPECT_EQ(sum, digest_of(bytes)) << blocks;
  }
}

TEST(Digest, BlocksThatChangePlacesGiveAnotherDigest) {
  const std::string first = bytes_of(3, digest_block_bytes);
  const std::string second = bytes_of(4, digest_block_bytes);
  EXPECT_NE(digest_of(first + second), digest_of(second + first));
}

TEST(Digest, OneChangedOrMissingByteGivesAnotherDigest) {
  std::string bytes = bytes_of(5, digest_block_bytes + 100);
  const UInt128 before = digest_of(bytes);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  EXPECT_NE(digest_of(bytes), before);
  bytes.pop_back();
  EXPECT_NE(digest_of(bytes), before);
}

TEST(Digest, NoBytesGiveZero) {
  EXPECT_EQ(digest_of(""), UInt128(0));
}

TEST(Digest, ItsValueIsStableForItIsStored) {
  EXPECT_EQ(to_hex(digest_of("1 2\n")), "2a3d633ed4bf435b68b13f798f73aa81");
}

}  // namespace
}  // namespace weir
