// SPDX-License-Identifier: Apache-2.0
// A page of copied totals as the cursor that stores add. Private to this folder.
#pragma once

#include <utility>
#include <vector>

#include "store/table_copy.h"

namespace weir {

inline SumEntry entry_of(const CopiedTotal& total) {
  return {.id = total.id, .text = total.text, .sum = total.amount};
}

class CopiedSums final : public SumCursor {
 public:
  // Borrows the totals.
  CopiedSums(KeyKind key, const std::vector<CopiedTotal>& totals) : key_(key) {
    entries_.reserve(totals.size());
    for (const CopiedTotal& total : totals) {
      entries_.push_back(entry_of(total));
    }
  }

  Result<void> rewind() override {
    over_ = false;
    return {};
  }
  Result<std::span<const SumEntry>> next() override {
    return std::exchange(over_, true) ? std::span<const SumEntry>() : std::span(entries_);
  }
  KeyKind key_kind() const override { return key_; }
  std::uint64_t keys() const override { return entries_.size(); }

 private:
  const KeyKind key_;
  std::vector<SumEntry> entries_;
  bool over_ = false;
};

}  // namespace weir
