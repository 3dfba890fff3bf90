// SPDX-License-Identifier: Apache-2.0
// The seeded hash of a text key (text_key.h): a product of two of its words, folded; then that of
// an id, of this and the third (hash.h).
#pragma once

#include <cstdint>

#include "base/int128.h"
#include "fold/hash.h"
#include "fold/text_key.h"

namespace weir {

class TextHash {
 public:
  explicit TextHash(HashSeed seed) : seed_(seed), hash_(seed) {}
  [[gnu::always_inline]] std::uint64_t operator()(const TextKey& key) const {
    const UInt128 product = UInt128{key.first ^ seed_.first} * (key.second ^ seed_.second);
    return hash_(static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^
                 key.third);
  }

 private:
  HashSeed seed_;
  IntegerHash hash_;
};

}  // namespace weir
