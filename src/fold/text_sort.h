// SPDX-License-Identifier: Apache-2.0
// Sorts slots of text keys in place, byte by byte order, with few looks at the keys themselves.
//
// The hash of a slot has done its work when the table is sorted; its place takes eight bytes of the
// key, as a number that compares as they do. Slots are sorted by that word. Where words are equal,
// the next eight bytes are fetched, and that stretch is sorted by them, and so on:
//
//   consumer-000071      [consumer]      [-000071.]
//   consumer-000070  ->  [consumer]  ->  [-000070.]
//   customer             [customer]
#pragma once

#include <cstdint>
#include <span>

namespace weir {

// Where a key lies: its offset in the room, times 2^11, plus its length, which is never 0.
struct TextSlot {
  std::uint64_t word = 0;  // the key's hash; while sorting, eight bytes of it
  std::uint64_t place = 0;
  std::int64_t sum = 0;  // modulo 2^64

  static constexpr int length_bits = 11;
  bool used() const { return place != 0; }
  std::uint64_t offset() const { return place >> length_bits; }
  std::uint64_t length() const { return place & ((1 << length_bits) - 1); }
};

// room: what the offsets are counted from.
void sort_text_slots(std::span<TextSlot> slots, const char* room);

}  // namespace weir
