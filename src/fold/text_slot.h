// SPDX-License-Identifier: Apache-2.0
// A text key and its sum, as a table holds them: half a cache line.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/int128.h"
#include "fold/text_key.h"

namespace weir {

struct TextSlot {
  // The key's words. Of a key that they do not hold: its hash, and where its bytes lie, as their
  // offset times 2^11, plus their number.
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::int64_t sum = 0;  // its lower 64 bits
  std::uint64_t tail =
      0;  // how often the sum has wrapped, times 2^16, plus the key's kind; 0: free

  static constexpr int kind_bits = 16;
  static constexpr int length_bits = 11;

  bool used() const { return tail != 0; }
  std::uint64_t kind() const { return tail & ((1 << kind_bits) - 1); }
  bool elsewhere() const { return kind() == text_kind::elsewhere; }
  std::uint64_t offset() const { return low >> length_bits; }
  std::uint64_t length() const { return low & ((1 << length_bits) - 1); }
  TextKey key() const { return {high, low, kind()}; }

  // The exact sum. So many records that the wraps would not fit are not added in a lifetime.
  Int128 total() const {
    return Int128{sum} + Int128{static_cast<std::int64_t>(tail) >> kind_bits} * (Int128{1} << 64);
  }
  void add(std::int64_t amount) {
    if (__builtin_add_overflow(sum, amount, &sum)) [[unlikely]] {
      const std::uint64_t wrap = std::uint64_t{1} << kind_bits;
      tail += amount < 0 ? 0 - wrap : wrap;
    }
  }
};
static_assert(sizeof(TextSlot) == 32);

// room: what the offsets are counted from.
inline std::string_view text_of(const TextSlot& slot, const char* room, TextRoom& into) {
  return slot.elsewhere() ? std::string_view(room + slot.offset(), slot.length())
                          : text_of(slot.key(), into);
}

}  // namespace weir
