// SPDX-License-Identifier: Apache-2.0
// What an ordering (ordering.h) knows of integer keys.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fold/sum_line.h"
#include "model/partial.h"

namespace weir {

template <class Line>
class OrderOf;

template <>
class OrderOf<SumLine> {
 public:
  using Cut = std::uint64_t;
  struct Text {};  // what an entry's text needs to lie in: nothing
  static constexpr std::uint64_t range_records = 32 << 10;  // sorted at a time: 512 KiB

  explicit OrderOf(std::vector<Cut> cuts);  // ascending, each once
  const std::vector<Cut>& cuts() const { return cuts_; }
  static Cut cut_at(std::uint64_t key) { return key; }

  // Of each entry: how many cuts are not above it. 16 entries at most.
  void ranges_of(std::span<const Usage> entries, std::span<std::uint32_t> ranges) const;

  static std::vector<Usage> sorted(std::vector<Usage> entries);  // equal ones in any order
  static SumEntry entry_of(const Usage& usage, Text& /*into*/) {
    return {.id = usage.consumer, .text = {}, .sum = usage.amount};
  }

 private:
  std::vector<Cut> cuts_;
  std::vector<Cut> search_;  // the same, filled up to 2^n - 1
};

}  // namespace weir
