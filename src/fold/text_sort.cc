// SPDX-License-Identifier: Apache-2.0
#include "fold/text_sort.h"

#include <algorithm>

#include "fold/radix_sort.h"
#include "fold/text_key.h"

namespace weir {
namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

// Calls see(stretch) with each stretch of several slots whose words are equal.
template <class See>
void each_equal(std::span<TextSlot> slots, const See& see) {
  for (auto begin = slots.begin(); begin != slots.end();) {
    const auto end = std::find_if(begin, slots.end(),
                                  [&](const TextSlot& slot) { return slot.hash != begin->hash; });
    if (end - begin > 1) {
      see(std::span<TextSlot>(begin, end));
    }
    begin = end;
  }
}

std::uint64_t word_in(const TextSlot& slot) {
  return slot.hash;
}

// The bytes of a key, from `depth` on.
std::uint64_t word_of(const TextSlot& slot, const char* room, std::size_t depth) {
  const char* const from = room + slot.offset() + depth;
  const std::size_t bytes = slot.length() - std::min(slot.length(), depth);
  return bytes < word_bytes ? words::of_few(from, bytes) : words::at<std::uint64_t>(from);
}

// Keys that are equal before `depth`, and reach it.
void sort_from(std::span<TextSlot> slots, const char* room, std::size_t depth);

// Keys that are equal before `depth` + 8, as far as they reach, with zeros behind: those that end
// there come first, the shorter before the longer (their rest is zeros, or nothing).
void sort_equal_words(std::span<TextSlot> slots, const char* room, std::size_t depth) {
  const std::size_t next = depth + word_bytes;
  const auto ends = [next](const TextSlot& slot) { return slot.length() <= next; };
  const auto longer = std::partition(slots.begin(), slots.end(), ends);
  std::sort(slots.begin(), longer,
            [](const TextSlot& a, const TextSlot& b) { return a.length() < b.length(); });
  sort_from({longer, slots.end()}, room, next);
}

void sort_from(std::span<TextSlot> slots, const char* room, std::size_t depth) {
  for (TextSlot& slot : slots) {
    slot.hash = word_of(slot, room, depth);
  }
  radix_sort(slots, word_in);
  each_equal(slots, [&](std::span<TextSlot> equal) { sort_equal_words(equal, room, depth); });
}

}  // namespace

void sort_text_slots(std::span<TextSlot> slots, const char* room) {
  sort_from(slots, room, 0);
}

}  // namespace weir
