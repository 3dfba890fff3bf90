// SPDX-License-Identifier: Apache-2.0
// The randomness seam: seeds of hashes, jitter of retries, identities. Never used for money.
#pragma once

#include <cstdint>
#include <memory>

namespace weir {

// Any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;  // 64 uniform bits
};

Random& system_random();  // from the operating system

// The same seed gives the same numbers on every machine (splitmix64).
std::unique_ptr<Random> seeded_random(std::uint64_t seed);

}  // namespace weir
