// SPDX-License-Identifier: Apache-2.0
// A digest of stored bytes that is the same whoever read which part in which order: the sum, modulo
// 2^128, of XXH3-128 over each block of 1 MiB, seeded with the block's number. The digest of a file
// is the sum over its units, where units are whole numbers of blocks. (Tests use smaller units;
// then a block ends with its unit, and only files planned alike compare.) It finds copies and
// touched files; it does not stop a forger: identity = "content" uses SHA-256.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/int128.h"

namespace weir {

inline constexpr std::uint64_t digest_block_bytes = 1 << 20;

// Feed a unit's bytes in order, in any portions. One thread.
class Digest {
 public:
  explicit Digest(std::uint64_t begin);  // the offset of the first byte that will be added
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void add(std::span<const char> bytes);
  UInt128 finish();  // once

 private:
  struct State;
  void close_block();
  std::unique_ptr<State> state_;
};

}  // namespace weir
