// SPDX-License-Identifier: Apache-2.0
// Files, units and partials as tests of stores need them: short to write, sound by construction.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"
#include "support/sums.h"

namespace weir::testing {

// What a unit holds: sums by key; a line a key.
using Amounts = std::vector<std::pair<std::uint64_t, Int128>>;
using TextAmounts = std::vector<std::pair<std::string, Int128>>;

inline Sums sums_of(const Amounts& amounts) {
  Sums sums;
  for (const auto& [id, amount] : amounts) {
    sums[{.id = id, .text = {}}] += amount;
  }
  return sums;
}
inline Sums sums_of(const TextAmounts& amounts) {
  Sums sums;
  for (const auto& [text, amount] : amounts) {
    sums[{.id = 0, .text = text}] += amount;
  }
  return sums;
}

// A file of so many units of 10 bytes each.
inline FileEntry entry_of(const std::string& name, int units) {
  FileEntry entry{.identity = "path:/in/" + name, .path = "/in/" + name};
  entry.token = {.size = static_cast<std::uint64_t>(units) * 10, .inode = 7, .modified = 99};
  entry.plan = {.unit_bytes = 10};
  for (int i = 0; i < units; ++i) {
    const auto begin = static_cast<std::uint64_t>(i) * 10;
    entry.units.push_back({begin, begin + 10});
  }
  return entry;
}

inline UnitOutcome outcome_of(const UnitId& id, const Sums& sums) {
  UnitOutcome outcome{.id = id};
  for (const auto& [key, sum] : sums) {
    outcome.sum += sum;
    ++outcome.counts.good;
  }
  // Different units, different digests: as different bytes give.
  outcome.digest = static_cast<UInt128>(id.file) << 64 | static_cast<UInt128>(id.number + 1) << 32 |
                   static_cast<UInt128>(id.epoch + 1);
  return outcome;
}

// A batch that owns what it is made of.
class OwnedBatch {
 public:
  explicit OwnedBatch(KeyKind key = KeyKind::integer) : key_(key) {}

  OwnedBatch& add(UnitOutcome outcome, const Sums& sums) {
    outcomes_.push_back(std::move(outcome));
    for (const auto& [key, sum] : sums) {
      sums_[key] += sum;
    }
    return *this;
  }
  OwnedBatch& add(const UnitId& id, const Sums& sums) { return add(outcome_of(id, sums), sums); }
  OwnedBatch& add(const UnitId& id, const Amounts& amounts) { return add(id, sums_of(amounts)); }

  Result<Receipt> commit_to(Store& store) const {
    SumsCursor partial(key_, sums_);
    return store.committer().commit({.units = outcomes_, .partial = partial});
  }

 private:
  KeyKind key_;
  std::vector<UnitOutcome> outcomes_;
  Sums sums_;
};

inline Result<Sums> totals_of(Store& store) {
  Sums sums;
  TRY(store.totals().scan([&](const SumEntry& entry) -> Result<void> {
    Key key{.id = entry.id, .text = std::string(entry.text)};
    CHECK(sums.empty() || sums.rbegin()->first < key);  // ascending
    sums.emplace_hint(sums.end(), std::move(key), entry.sum);
    return {};
  }));
  return sums;
}

// Whether the books balance; empty: they do.
inline std::string imbalance(Store& store) {
  const auto books = store.audit().books();
  if (!books) {
    return "error: " + books.error().message;
  }
  if (!books->faults.empty()) {
    return books->faults.front();
  }
  ControlSum due = books->base;
  due += books->batches;
  if (due != books->totals) {
    return "totals " + to_text(books->totals.amount) + ", due " + to_text(due.amount);
  }
  return books->batches.amount == books->units ? "" : "units are not the batches";
}

}  // namespace weir::testing
