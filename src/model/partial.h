// SPDX-License-Identifier: Apache-2.0
// A partial: the folded result of one or more units, as a cursor over ascending keys. It may be
// larger than memory, and may be read more than once: a deadlock or a lost reply repeats a commit.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/int128.h"
#include "base/result.h"
#include "model/format.h"

namespace weir {

// One key and its sum. An integer key is in `id`, a text key in `text`; the other is empty.
struct SumEntry {
  std::uint64_t id = 0;
  std::string_view text;
  Int128 sum = 0;
};

// One thread at a time.
class SumCursor {
 public:
  virtual ~SumCursor() = default;
  // To the first key. May be called at any time, any number of times.
  virtual Result<void> rewind() = 0;
  // The next keys, ascending (numbers by value, text byte by byte), each key once; empty at the
  // end. The views live until the next call.
  virtual Result<std::span<const SumEntry>> next() = 0;
  virtual KeyKind key_kind() const = 0;
  virtual std::uint64_t keys() const = 0;  // an upper bound, exact where nothing was spilled
};

// The two sums that hold the books together: Σ amount, and Σ amount · H(key) mod 2^128, which also
// sees an amount that stands at the wrong key. H is XXH3-64 over the eight bytes of an id, little
// end first, or over the bytes of a text key.
struct ControlSum {
  Int128 amount = 0;
  UInt128 keyed = 0;
  void add(const SumEntry& entry);
  ControlSum& operator+=(const ControlSum& other);
  bool operator==(const ControlSum&) const = default;
};

}  // namespace weir
