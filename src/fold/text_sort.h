// SPDX-License-Identifier: Apache-2.0
// Sorts slots of text keys in place, in stretches of keys of one form: those up to 16 bytes, UUIDs,
// and those that are elsewhere. Each stretch ascends byte by byte.
//
// The first two are sorted by their words. The hash of a key that is elsewhere has done its work
// when its table is sorted; its place takes eight bytes of the key, as a number that compares as
// they do. Slots are sorted by that word; where words are equal, the next eight bytes are fetched,
// and that stretch is sorted by them, and so on:
//
//   usage.customer.000071      [usage.cu]      [stomer.0]      [00071...]
//   usage.customer.000070  ->  [usage.cu]  ->  [stomer.0]  ->  [00070...]
//   usage.costs                [usage.co]
#pragma once

#include <span>
#include <vector>

#include "fold/text_slot.h"

namespace weir {

// Sorted slots of one form. Borrows.
struct TextStretch {
  std::span<const TextSlot> slots;
  const char* room = nullptr;  // what their offsets are counted from

  std::string_view text_of(const TextSlot& slot, TextRoom& into) const {
    return weir::text_of(slot, room, into);
  }
};
using SortedTexts = std::vector<TextStretch>;  // none is empty

SortedTexts sort_text_slots(std::span<TextSlot> slots, const char* room);

}  // namespace weir
