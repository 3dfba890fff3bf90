// SPDX-License-Identifier: Apache-2.0
// Sorts entries in place by a 64-bit word of theirs: a full table has no memory to spare.
//
// Most significant digit first. The entries are counted by one digit of 8 bits, which gives each
// digit its stretch; then each entry that lies in a foreign stretch is swapped into the next free
// place of its own ("American flag"); then each stretch is sorted by the digit below. The first
// digit starts at the highest bit in which the words differ. Short stretches go to std::sort.
//
// Measured on entries of 16 bytes, 2.5 million: 31 to 42 ns an entry, std::sort 62; least digit
// first takes 21 to 50, and as much memory again.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace weir {
namespace radix {

inline constexpr std::size_t digits = 256;
inline constexpr std::size_t short_stretch = 48;  // entries

using Places = std::array<std::size_t, digits>;

// Moves every entry into the stretch of its digit. next: where each stretch begins; ends: where it
// ends; next == ends afterwards.
template <class Entry, class Digit>
void swap_home(std::span<Entry> entries, Places& next, const Places& ends, const Digit& digit_of) {
  for (std::size_t digit = 0; digit < digits; ++digit) {
    while (next[digit] < ends[digit]) {
      Entry entry = entries[next[digit]];
      for (std::size_t own = digit_of(entry); own != digit; own = digit_of(entry)) {
        std::swap(entry, entries[next[own]++]);
      }
      entries[next[digit]++] = entry;
    }
  }
}

// By the bits from shift + 8 down; those above are equal.
template <class Entry, class Word>
void sort_digits(std::span<Entry> entries, int shift, const Word& word) {
  if (entries.size() <= short_stretch) {
    std::sort(entries.begin(), entries.end(),
              [&](const Entry& a, const Entry& b) { return word(a) < word(b); });
    return;
  }
  const auto digit_of = [&](const Entry& entry) { return (word(entry) >> shift) % digits; };
  Places next{};
  Places ends{};
  for (const Entry& entry : entries) {
    ++ends[digit_of(entry)];
  }
  std::size_t place = 0;
  for (std::size_t digit = 0; digit < digits; ++digit) {
    next[digit] = place;
    ends[digit] = place += ends[digit];
  }
  swap_home(entries, next, ends, digit_of);
  for (std::size_t digit = 0; shift > 0 && digit < digits; ++digit) {
    const std::size_t begin = digit == 0 ? 0 : ends[digit - 1];
    sort_digits(entries.subspan(begin, ends[digit] - begin), std::max(shift - 8, 0), word);
  }
}

}  // namespace radix

// Ascending by word(entry); equal words in any order.
template <class Entry, class Word>
void radix_sort(std::span<Entry> entries, const Word& word) {
  std::uint64_t differing = 0;
  for (const Entry& entry : entries) {
    differing |= word(entry) ^ word(entries.front());
  }
  if (differing != 0) {
    radix::sort_digits(entries, std::max(static_cast<int>(std::bit_width(differing)) - 8, 0), word);
  }
}

}  // namespace weir
