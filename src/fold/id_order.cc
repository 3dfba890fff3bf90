// SPDX-License-Identifier: Apache-2.0
#include "fold/id_order.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "fold/spread_sort.h"

namespace weir {

OrderOf<SumLine>::OrderOf(std::vector<Cut> cuts) : cuts_(std::move(cuts)), search_(cuts_) {
  search_.resize(std::bit_ceil(cuts_.size() + 1) - 1, UINT64_MAX);
}

// A binary search without a branch, for several keys at once, so that their loads overlap.
void OrderOf<SumLine>::ranges_of(std::span<const Usage> entries,
                                 std::span<std::uint32_t> ranges) const {
  std::fill(ranges.begin(), ranges.end(), 0);
  for (std::size_t step = (search_.size() + 1) / 2; step > 0; step /= 2) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::uint32_t above = search_[ranges[i] + step - 1] <= entries[i].consumer ? 1 : 0;
      ranges[i] += above * static_cast<std::uint32_t>(step);
    }
  }
}

std::vector<Usage> OrderOf<SumLine>::sorted(std::vector<Usage> entries) {
  return spread_sorted(std::move(entries));
}

}  // namespace weir
