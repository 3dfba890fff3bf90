// SPDX-License-Identifier: Apache-2.0
// Sums as a map: the exact reference that folds are compared with, and a partial read into one.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "model/partial.h"
#include "model/usage.h"

namespace weir::testing {

struct Key {
  std::uint64_t id = 0;
  std::string text;
  auto operator<=>(const Key&) const = default;
};
using Sums = std::map<Key, Int128>;

inline void add(Sums& sums, std::span<const Usage> batch) {
  for (const Usage& usage : batch) {
    sums[{.id = usage.consumer, .text = {}}] += usage.amount;
  }
}
inline void add(Sums& sums, std::span<const TextUsage> batch) {
  for (const TextUsage& usage : batch) {
    sums[{.text = std::string(usage.consumer)}] += usage.amount;
  }
}

// From where the cursor stands to its end. Keys that do not ascend are a bug of the cursor.
inline Result<Sums> rest_of(SumCursor& cursor) {
  Sums sums;
  for (;;) {
    TRY_ASSIGN(const auto entries, cursor.next());
    if (entries.empty()) {
      return sums;
    }
    for (const SumEntry& entry : entries) {
      Key key{.id = entry.id, .text = std::string(entry.text)};
      CHECK(sums.empty() || sums.rbegin()->first < key);
      sums.emplace_hint(sums.end(), std::move(key), entry.sum);
    }
  }
}

// A cursor over such a map, as a source for merges and runs.
class SumsCursor final : public SumCursor {
 public:
  SumsCursor(KeyKind kind, Sums sums, std::size_t batch_entries = 3)
      : kind_(kind), sums_(std::move(sums)), batch_entries_(batch_entries) {}
  Result<void> rewind() override {
    next_ = sums_.begin();
    return {};
  }
  Result<std::span<const SumEntry>> next() override {
    batch_.clear();
    texts_.clear();
    for (; batch_.size() < batch_entries_ && next_ != sums_.end(); ++next_) {
      // A copy that lives until the next call, as the contract says: whoever keeps a view is
      // caught.
      texts_.push_back(next_->first.text);
      batch_.push_back({.id = next_->first.id, .text = {}, .sum = next_->second});
    }
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      batch_[i].text = texts_[i];
    }
    return std::span<const SumEntry>(batch_);
  }
  KeyKind key_kind() const override { return kind_; }
  std::uint64_t keys() const override { return sums_.size(); }

 private:
  const KeyKind kind_;
  const Sums sums_;
  const std::size_t batch_entries_;
  Sums::const_iterator next_ = sums_.begin();
  std::vector<SumEntry> batch_;
  std::vector<std::string> texts_;
};

}  // namespace weir::testing
