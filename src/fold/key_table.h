// SPDX-License-Identifier: Apache-2.0
// A table of sums by key, in a fixed stretch of memory: what a lane of the fold adds into.
// Implementations: sum_table.h (integer keys), text_table.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "fold/hash.h"
#include "model/partial.h"
#include "model/usage.h"

namespace weir {

struct KeyTableOptions {
  HashSeed seed;
  std::size_t bytes = 0;  // of slots, keys and carries together, also while it grows
  std::uint64_t entries_max = std::numeric_limits<std::uint64_t>::max();
};

// One thread at a time.
class KeyTable {
 public:
  virtual ~KeyTable() = default;

  // Adds records, in order, until the table is full; returns how many it took. When it took fewer
  // than all: sort, read, clear, and go on with the rest. An empty table takes at least one, unless
  // the machine has no memory for it. Keys of the other kind are a bug of the caller.
  virtual std::size_t add(std::span<const Usage> batch) = 0;
  virtual std::size_t add(std::span<const TextUsage> batch) = 0;

  virtual std::uint64_t keys() const = 0;

  // In place: needs no memory. Afterwards only cursor(), keys() and clear().
  virtual void sort() = 0;
  // Over the sorted table, which it borrows; until clear().
  virtual std::unique_ptr<SumCursor> cursor() const = 0;
  virtual void clear() = 0;
};

}  // namespace weir
