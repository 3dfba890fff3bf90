// SPDX-License-Identifier: Apache-2.0
// The sums of several sorted tables of long keys, in ranges of keys that several tasks may read at
// the same time:
//
//   lane 0   a  c  d |  g  k | p  q
//   lane 1   b  c    |  h    | q  r     each slice: what all tables have between two cuts, merged,
//                    ▲       ▲          and the sums of one key added up
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "fold/text_sort.h"
#include "model/partial.h"

namespace weir {

// Quantiles of a sample of their keys, ascending, each once; at most limits::order_cuts_max.
std::vector<std::string> text_cuts(const SortedTexts& stretches);

class TextSlices {
 public:
  // Of all tables; borrows what they borrow.
  TextSlices(SortedTexts stretches, const std::vector<std::string>& cuts);

  std::size_t count() const { return slices_.size(); }  // of cuts, and one
  std::uint64_t keys(std::size_t index) const;          // of each, at most
  // Borrows this. Any thread.
  std::unique_ptr<SumCursor> cursor(std::size_t index) const;
  std::unique_ptr<SumCursor> whole() const;  // all of them, one after another

 private:
  std::vector<SortedTexts> slices_;
};

}  // namespace weir
