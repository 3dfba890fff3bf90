// SPDX-License-Identifier: Apache-2.0
#include "fold/text_sort.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "fold/radix_sort.h"

namespace weir {
namespace {

constexpr std::uint64_t word_bytes = sizeof(std::uint64_t);

// The bytes of the key from `depth` on, the first one uppermost, filled up with zeros.
std::uint64_t word_of(const TextSlot& slot, const char* room, std::uint64_t depth) {
  std::uint64_t word = 0;
  if (slot.length() > depth) {
    std::memcpy(&word, room + slot.offset() + depth, std::min(slot.length() - depth, word_bytes));
  }
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(word);
}

// Slots whose keys are equal before `depth`, and which reach it.
void sort_from(std::span<TextSlot> slots, const char* room, std::uint64_t depth);

// Slots whose keys are equal before `depth` + 8, as far as they reach, with zeros behind: those
// that end there come first, the shorter before the longer (their rest is zeros, or nothing).
void sort_equal_words(std::span<TextSlot> slots, const char* room, std::uint64_t depth) {
  const std::uint64_t next = depth + word_bytes;
  const auto ends = [next](const TextSlot& slot) { return slot.length() <= next; };
  const auto longer = std::partition(slots.begin(), slots.end(), ends);
  std::sort(slots.begin(), longer,
            [](const TextSlot& a, const TextSlot& b) { return a.length() < b.length(); });
  sort_from({longer, slots.end()}, room, next);
}

void sort_from(std::span<TextSlot> slots, const char* room, std::uint64_t depth) {
  for (TextSlot& slot : slots) {
    slot.word = word_of(slot, room, depth);
  }
  radix_sort(slots, [](const TextSlot& slot) { return slot.word; });
  for (auto begin = slots.begin(); begin != slots.end();) {
    const auto differs = [&](const TextSlot& slot) { return slot.word != begin->word; };
    const auto end = std::find_if(begin, slots.end(), differs);
    if (end - begin > 1) {
      sort_equal_words({begin, end}, room, depth);
    }
    begin = end;
  }
}

}  // namespace

void sort_text_slots(std::span<TextSlot> slots, const char* room) {
  sort_from(slots, room, 0);
}

}  // namespace weir
