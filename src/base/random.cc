// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <sys/random.h>

#include <atomic>
#include <cerrno>

#include "base/check.h"

namespace weir {
namespace {

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::uint64_t bits = 0;
    ssize_t got = 0;
    do {
      got = getrandom(&bits, sizeof bits, 0);
    } while (got < 0 && errno == EINTR);
    CHECK(got == sizeof bits);  // so few bytes are never cut short
    return bits;
  }
};

// splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a counter
// that is stirred, so that one atomic addition makes it safe on any thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : counter_(seed) {}

  std::uint64_t next() override {
    constexpr std::uint64_t step = 0x9e3779b97f4a7c15;
    std::uint64_t z = counter_.fetch_add(step, std::memory_order_relaxed) + step;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::atomic<std::uint64_t> counter_;
};

}  // namespace

Random& system_random() {
  static SystemRandom random;  // holds nothing
  return random;
}

std::unique_ptr<Random> seeded_random(std::uint64_t seed) {
  return std::make_unique<SeededRandom>(seed);
}

}  // namespace weir
