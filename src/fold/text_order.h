// SPDX-License-Identifier: Apache-2.0
// What an ordering (ordering.h) knows of text keys in words. UUIDs and other keys are each in order
// by their words; between one and another the first 23 bytes of their texts decide, and whole texts
// where these are equal.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fold/id_order.h"
#include "fold/text_line.h"
#include "model/partial.h"

namespace weir {

// A text of any length, where ranges of keys meet.
struct TextCut {
  explicit TextCut(std::string_view at);
  std::string text;
  TextKey front;  // its first 23 bytes, as they compare with those of other keys
  bool operator<(const TextCut& other) const { return text < other.text; }
  bool operator==(const TextCut& other) const { return text == other.text; }
};

template <>
class OrderOf<TextLine> {
 public:
  using Cut = TextCut;
  using Text = TextRoom;
  static constexpr std::uint64_t range_records = 16 << 10;  // sorted at a time: 512 KiB

  explicit OrderOf(std::vector<Cut> cuts);  // ascending, each once
  const std::vector<Cut>& cuts() const { return cuts_; }
  static Cut cut_at(const TextKey& key);

  // Of each entry: how many cuts are not above it. 16 entries at most.
  void ranges_of(std::span<const TextSum> entries, std::span<std::uint32_t> ranges) const;

  static std::vector<TextSum> sorted(std::vector<TextSum> entries);  // equal ones in any order
  static SumEntry entry_of(const TextSum& sum, Text& into) {
    return {.text = text_of(sum.key, into), .sum = sum.amount};
  }

 private:
  std::uint32_t range_of_uuid(const TextKey& key, std::uint32_t at_most) const;

  std::vector<Cut> cuts_;
  std::vector<TextKey> search_;  // their fronts, filled up to 2^n - 1
};

}  // namespace weir
