// SPDX-License-Identifier: Apache-2.0
// What a watch remembers of the files that are counted, so that a scan need not ask the ledger for
// each again: 64 bits of a seeded hash of its path and version, in a table of a limited size. A
// hint like any other. Two files take each other for known once in 2^64, and then until it is
// forgotten: every hour, and whenever the ledger may have changed by another hand; so nothing is
// lost by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "source/source.h"

namespace weir {

inline constexpr std::size_t known_files_max =
    3'000'000;  // in 32 MiB; of others the ledger is asked
inline constexpr Nanoseconds known_files_kept_for = 3'600'000'000'000;

// One thread. Borrows the machine's parts.
class KnownFiles {
 public:
  KnownFiles(Clock& clock, Random& random);

  bool contains(const SourceObject& object);
  void insert(const SourceObject& object);  // passes over what is beyond the limit
  void forget();                            // all of them
  std::size_t size() const { return size_; }

 private:
  std::uint64_t fingerprint(const SourceObject& object) const;  // never 0
  // Where it is, or would be.
  std::uint64_t& slot_of(std::uint64_t fingerprint);
  void grow();

  Clock& clock_;
  Random& random_;
  std::uint64_t seed_ = 0;
  Nanoseconds forget_at_ = 0;         // monotonic
  std::vector<std::uint64_t> slots_;  // as many as a power of two; 0: free
  std::size_t size_ = 0;
};

}  // namespace weir
