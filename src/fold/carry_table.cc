// SPDX-License-Identifier: Apache-2.0
#include "fold/carry_table.h"

#include <algorithm>

namespace weir {
namespace {

constexpr std::uint64_t slots_first = 16;

}  // namespace

CarryTable::CarryTable(HashSeed seed, std::size_t bytes)
    : hash_{IntegerHash(seed)}, room_(bytes), slots_(hash_) {}

CarryTable::Slot* CarryTable::find(std::uint64_t key) const {
  Slot* slot = slots_.home(hash_.hash(key));
  while (slot->used() && slot->tag != key + 1) {
    slot = slots_.after(slot);
  }
  return slot;
}

bool CarryTable::add(std::uint64_t key, int carry) {
  if (keys_ == slots_.capacity() / 4 * 3 && !make_room()) {
    return false;
  }
  Slot* const slot = find(key);
  keys_ += slot->used() ? 0 : 1;
  slot->tag = key + 1;
  slot->carry += carry;
  return true;
}

bool CarryTable::make_room() {
  const std::uint64_t capacity_max = room_.bytes() / sizeof(Slot);
  const std::uint64_t capacity =
      std::min(std::max(slots_.capacity() * 2, slots_first), capacity_max);
  if (capacity <= slots_.capacity() || !room_.allocate()) {
    return false;
  }
  slots_.grow(reinterpret_cast<Slot*>(room_.begin()), capacity);
  return true;
}

std::int64_t CarryTable::of(std::uint64_t key) const {
  return keys_ == 0 ? 0 : find(key)->carry;
}

void CarryTable::clear() {
  if (keys_ > 0) {
    slots_.clear(slots_.capacity());
    keys_ = 0;
  }
}

}  // namespace weir
