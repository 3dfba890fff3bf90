// SPDX-License-Identifier: Apache-2.0
// The sums of several sorted tables, in ranges of keys that several tasks may read at the same
// time:
//
//   lane 0, short   a  c  d |  g  k | p  q
//           UUIDs      1f…  |  7c…  |          each slice: what all tables have between two cuts,
//   lane 1, short   b  c    |  h    | q  r     merged, and the sums of one key added up
//                           ▲       ▲
//                           cuts: quantiles of a sample of the keys
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "fold/text_sort.h"
#include "model/partial.h"

namespace weir {

class TextSlices {
 public:
  explicit TextSlices(SortedTexts stretches);  // of all tables; borrows what they borrow

  std::size_t count() const { return slices_.size(); }  // at least one
  // Borrows this. Any thread.
  std::unique_ptr<SumCursor> cursor(std::size_t index) const;
  std::unique_ptr<SumCursor> whole() const;  // all of them, one after another

 private:
  std::vector<SortedTexts> slices_;
};

}  // namespace weir
