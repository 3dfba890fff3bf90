// SPDX-License-Identifier: Apache-2.0
#include "fold/text_sort.h"

#include <algorithm>

#include "fold/radix_sort.h"

namespace weir {
namespace {

constexpr std::size_t word_bytes = sizeof(std::uint64_t);

// Calls see(stretch) with each stretch of several slots whose word(slot) is equal.
template <class Word, class See>
void each_equal(std::span<TextSlot> slots, const Word& word, const See& see) {
  for (auto begin = slots.begin(); begin != slots.end();) {
    const auto end = std::find_if(begin, slots.end(),
                                  [&](const TextSlot& slot) { return word(slot) != word(*begin); });
    if (end - begin > 1) {
      see(std::span<TextSlot>(begin, end));
    }
    begin = end;
  }
}

std::uint64_t high_of(const TextSlot& slot) {
  return slot.high;
}
std::uint64_t low_of(const TextSlot& slot) {
  return slot.low;
}

// Of one form, by their words; then by their length, which is their kind.
void sort_by_words(std::span<TextSlot> slots) {
  radix_sort(slots, high_of);
  each_equal(slots, high_of, [](std::span<TextSlot> of_one_high) {
    radix_sort(of_one_high, low_of);
    each_equal(of_one_high, low_of, [](std::span<TextSlot> of_one_low) {
      std::ranges::sort(of_one_low, {}, &TextSlot::kind);
    });
  });
}

// The bytes of a key that is elsewhere, from `depth` on.
std::uint64_t word_of(const TextSlot& slot, const char* room, std::size_t depth) {
  const char* const from = room + slot.offset() + depth;
  const std::size_t bytes = slot.length() - std::min(slot.length(), depth);
  return bytes < word_bytes ? words::of_few(from, bytes) : words::at<std::uint64_t>(from);
}

// Keys that are elsewhere, which are equal before `depth`, and reach it.
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
    slot.high = word_of(slot, room, depth);
  }
  radix_sort(slots, high_of);
  each_equal(slots, high_of,
             [&](std::span<TextSlot> equal) { sort_equal_words(equal, room, depth); });
}

}  // namespace

SortedTexts sort_text_slots(std::span<TextSlot> slots, const char* room) {
  const auto elsewhere = std::partition(slots.begin(), slots.end(),
                                        [](const TextSlot& slot) { return !slot.elsewhere(); });
  const auto uuids = std::partition(slots.begin(), elsewhere, [](const TextSlot& slot) {
    return slot.kind() != text_kind::uuid;
  });
  sort_by_words({slots.begin(), uuids});
  sort_by_words({uuids, elsewhere});
  sort_from({elsewhere, slots.end()}, room, 0);
  SortedTexts sorted;
  for (const std::span<const TextSlot> stretch :
       {std::span(slots.begin(), uuids), std::span(uuids, elsewhere),
        std::span(elsewhere, slots.end())}) {
    if (!stretch.empty()) {
      sorted.push_back({.slots = stretch, .room = room});
    }
  }
  return sorted;
}

}  // namespace weir
