// SPDX-License-Identifier: Apache-2.0
// A table of sums, to be put in order.
#pragma once

#include "fold/ordering.h"
#include "fold/sum_table.h"

namespace weir {

// Borrows the table. Pouring leaves its memory to its owner, who forgets it.
class HeapedTable final : public Heaped {
 public:
  explicit HeapedTable(SumTable& table) : table_(table) {}
  std::uint64_t records() const override { return table_.keys(); }
  void sample(std::uint64_t every, const See& see) const override;
  void pour(const See& sums, const See& carries) override;

 private:
  SumTable& table_;
};

}  // namespace weir
