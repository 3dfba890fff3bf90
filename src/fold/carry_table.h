// SPDX-License-Identifier: Apache-2.0
// How often the 64-bit sums of a table have wrapped, by key. Nearly always empty: amounts are small
// beside 2^63, and it is here so that the tables need no wider sums.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/int128.h"
#include "fold/hash.h"
#include "fold/room.h"
#include "fold/slots.h"

namespace weir {

class CarryTable {
 public:
  CarryTable(HashSeed seed, std::size_t bytes);

  // False: no room is left; nothing was added.
  bool add(std::uint64_t key, int carry);
  std::int64_t of(std::uint64_t key) const;
  void clear();

 private:
  struct Slot {
    std::uint64_t tag = 0;  // key + 1; 0: free
    std::int64_t carry = 0;
    bool used() const { return tag != 0; }
  };
  struct SlotHash {
    IntegerHash hash;
    std::uint64_t operator()(const Slot& slot) const { return hash(slot.tag - 1); }
  };

  Slot* find(std::uint64_t key) const;  // the key's slot, or the free one where it would be
  bool make_room();

  SlotHash hash_;
  Room room_;
  std::uint64_t keys_ = 0;
  Slots<Slot, SlotHash> slots_;
};

// The exact sum, where it has wrapped `carry` times.
inline Int128 with_carry(std::int64_t wrapped, std::int64_t carry) {
  return Int128{wrapped} + Int128{carry} * (Int128{1} << 64);
}

}  // namespace weir
