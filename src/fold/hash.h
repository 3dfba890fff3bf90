// SPDX-License-Identifier: Apache-2.0
// Seeded hashes: random words, so that nobody can prepare keys that collide. No result of a fold
// depends on them, only its speed.
#pragma once

#include <cstdint>

#include "base/int128.h"
#include "base/random.h"

namespace weir {

struct HashSeed {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

inline HashSeed draw_hash_seed(Random& random) {
  const std::uint64_t first = random.next();
  return {first, random.next()};
}

// Avalanching: a 128-bit product folded into 64 bits, then multiplied again, since tables look at
// the upper bits, and equally spaced ids keep their spacing in those of the first product. Without
// the second one, 4 % of the seeds made tables of consecutive ids search ten to a thousand times
// as many slots; with it, none of 10,000.
class IntegerHash {
 public:
  explicit IntegerHash(HashSeed seed) : flip_(seed.first), factor_(seed.second | 1) {}
  std::uint64_t operator()(std::uint64_t id) const {
    const UInt128 product = UInt128{id ^ flip_} * factor_;
    const auto folded =
        static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
    return folded * spread;
  }

 private:
  static constexpr std::uint64_t spread = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio, odd
  std::uint64_t flip_;
  std::uint64_t factor_;
};

}  // namespace weir
