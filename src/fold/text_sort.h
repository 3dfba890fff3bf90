// SPDX-License-Identifier: Apache-2.0
// Sorts slots of long text keys in place; they ascend byte by byte.
//
// The hash of a key has done its work when its table is sorted; its place takes eight bytes of the
// key, as a number that compares as they do. Slots are sorted by that word; where words are equal,
// the next eight bytes are fetched, and that stretch is sorted by them, and so on:
//
//   usage.customer.000071      [usage.cu]      [stomer.0]      [00071...]
//   usage.customer.000070  ->  [usage.cu]  ->  [stomer.0]  ->  [00070...]
//   usage.costs                [usage.co]
#pragma once

#include <span>
#include <vector>

#include "fold/text_slot.h"

namespace weir {

// Sorted slots. Borrows.
struct TextStretch {
  std::span<const TextSlot> slots;
  const char* room = nullptr;  // what their offsets are counted from

  std::string_view text_of(const TextSlot& slot) const { return slot.text(room); }
};
using SortedTexts = std::vector<TextStretch>;  // none is empty

void sort_text_slots(std::span<TextSlot> slots, const char* room);

}  // namespace weir
