// SPDX-License-Identifier: Apache-2.0
// Two cursors as one: key by key the sum of both. Private to this folder.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "model/partial.h"

namespace weir {

// Borrows both, of one kind of key, and rewinds both. A key whose sums cancel out stays, with 0.
class MergedSums final : public SumCursor {
 public:
  MergedSums(SumCursor& one, SumCursor& other);

  Result<void> rewind() override;
  Result<std::span<const SumEntry>> next() override;
  KeyKind key_kind() const override { return sides_[0].cursor->key_kind(); }
  std::uint64_t keys() const override {
    return sides_[0].cursor->keys() + sides_[1].cursor->keys();
  }

 private:
  struct Side {
    SumCursor* cursor;
    std::span<const SumEntry> entries = {};
    bool ended = false;
  };
  Result<void> fill(Side& side);
  void put(const SumEntry& entry, Int128 sum);

  Side sides_[2];
  std::vector<SumEntry> merged_;
  std::vector<std::string> texts_;  // of merged_: the cursors' own live until they go on
};

}  // namespace weir
