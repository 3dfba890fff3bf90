// SPDX-License-Identifier: Apache-2.0
// An open-addressing hash table in a stretch of memory, in the order of its hashes, which grows in
// place: there is no moment at which an old and a new table exist together.
//
// A slot's home is hash * capacity / 2^64, rounded down to an even one (two slots may be a cache
// line), so homes ascend as hashes do, for any capacity. An entry lies at its home or in the first
// free slot after it (the last slot is followed by the first).
//
//   capacity 8:    [ a . b c . . d . ]
//   grown to 16:   [ . a . . . b . c . . . . d . . . ]
//
// To grow, blocks of slots are lifted out, last block first, and each entry settles at its new
// home, which lies behind everything that was not lifted yet, except where collisions had carried
// an entry far. Such an entry stays lifted until a later block; when the first block is out, the
// whole table is free for what is left.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/int128.h"

namespace weir {

// Slot: a plain value whose default is a free slot, with `bool used() const`.
// Hash: `std::uint64_t operator()(const Slot&) const`, of a used slot, avalanching.
template <class Slot, class Hash>
class Slots {
 public:
  explicit Slots(const Hash& hash) : hash_(hash) {}

  std::uint64_t capacity() const { return capacity_; }
  Slot* begin() const { return slots_; }
  Slot* home(std::uint64_t hash) const {
    const auto place = static_cast<std::uint64_t>((UInt128{hash} * capacity_) >> 64);
    return slots_ + (place & ~std::uint64_t{1});
  }
  Slot* after(Slot* slot) const { return ++slot == slots_ + capacity_ ? slots_ : slot; }

  // memory: borrowed, the same each time, and reaching so far. Entries move.
  void grow(Slot* memory, std::uint64_t capacity) {
    CHECK(capacity > capacity_ && (capacity_ == 0 || memory == slots_));
    slots_ = memory;
    std::uint64_t begin = capacity_;
    std::fill(slots_ + capacity_, slots_ + capacity, Slot{});
    capacity_ = capacity;
    std::vector<Slot> lifted;
    while (begin > 0) {
      const std::uint64_t end = begin;
      begin = end > lifted_block ? end - lifted_block : 0;
      lift(begin, end, lifted);
      std::erase_if(lifted, [&](const Slot& slot) { return settle(slot, begin); });
    }
    CHECK(lifted.empty());
  }

  // Every entry to the front, in no useful order; returns their number. Only clear() may follow.
  std::uint64_t compact() {
    const auto free = [](const Slot& slot) { return !slot.used(); };
    return static_cast<std::uint64_t>(std::remove_if(slots_, slots_ + capacity_, free) - slots_);
  }

  // Empty, with this capacity, which may be smaller than before, but not larger.
  void clear(std::uint64_t capacity) {
    CHECK(capacity <= capacity_);
    capacity_ = capacity;
    std::fill(slots_, slots_ + capacity, Slot{});
  }

 private:
  static constexpr std::uint64_t lifted_block = 1024;  // slots

  void lift(std::uint64_t begin, std::uint64_t end, std::vector<Slot>& lifted) {
    for (Slot* slot = slots_ + begin; slot != slots_ + end; ++slot) {
      if (slot->used()) {
        lifted.push_back(*slot);
        *slot = Slot{};
      }
    }
  }

  // False: its place may be among slots before `begin`, which still hold entries of the old order.
  bool settle(const Slot& entry, std::uint64_t begin) {
    Slot* place = home(hash_(entry));
    if (place < slots_ + begin) {
      return false;
    }
    while (place->used()) {
      place = after(place);
      if (place == slots_ && begin > 0) {
        return false;
      }
    }
    *place = entry;
    return true;
  }

  Slot* slots_ = nullptr;
  const Hash hash_;
  std::uint64_t capacity_ = 0;
};

}  // namespace weir
