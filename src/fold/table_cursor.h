// SPDX-License-Identifier: Apache-2.0
// A cursor over the sorted slots of a table.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <span>

#include "fold/limits.h"
#include "model/partial.h"

namespace weir {

template <class Slot, class Entry>
class TableCursor final : public SumCursor {
 public:
  TableCursor(std::span<const Slot> slots, KeyKind kind, const Entry& entry)
      : slots_(slots), kind_(kind), entry_of_(entry) {}

  Result<void> rewind() override {
    next_ = 0;
    return {};
  }
  Result<std::span<const SumEntry>> next() override {
    const auto slots = slots_.subspan(next_, std::min(batch_.size(), slots_.size() - next_));
    std::transform(slots.begin(), slots.end(), batch_.begin(), entry_of_);
    next_ += slots.size();
    return std::span<const SumEntry>(batch_).first(slots.size());
  }
  KeyKind key_kind() const override { return kind_; }
  std::uint64_t keys() const override { return slots_.size(); }

 private:
  const std::span<const Slot> slots_;  // borrowed
  const KeyKind kind_;
  const Entry entry_of_;
  std::size_t next_ = 0;
  std::array<SumEntry, limits::cursor_batch_entries> batch_;
};

// entry: a slot's SumEntry.
template <class Slot, class Entry>
std::unique_ptr<SumCursor> table_cursor(std::span<const Slot> slots, KeyKind kind,
                                        const Entry& entry) {
  return std::make_unique<TableCursor<Slot, Entry>>(slots, kind, entry);
}

}  // namespace weir
