// SPDX-License-Identifier: Apache-2.0
// A long text key and its sum, as a table holds them: half a cache line.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/int128.h"

namespace weir {

struct TextSlot {
  std::uint64_t hash = 0;
  std::uint64_t place = 0;  // where its bytes lie: their offset times 2^11, plus their number
  std::int64_t sum = 0;     // its lower 64 bits
  std::int64_t wraps = 0;   // how often the sum has wrapped

  static constexpr int length_bits = 11;

  bool used() const { return place != 0; }
  std::uint64_t offset() const { return place >> length_bits; }
  std::uint64_t length() const { return place & ((1 << length_bits) - 1); }
  // room: what offsets are counted from.
  std::string_view text(const char* room) const { return {room + offset(), length()}; }

  Int128 total() const { return Int128{sum} + Int128{wraps} * (Int128{1} << 64); }
  void add(std::int64_t amount) {
    if (__builtin_add_overflow(sum, amount, &sum)) [[unlikely]] {
      wraps += amount < 0 ? -1 : 1;
    }
  }
};
static_assert(sizeof(TextSlot) == 32);

}  // namespace weir
