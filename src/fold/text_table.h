// SPDX-License-Identifier: Apache-2.0
// Sums by long text key, exact, in a stretch of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "fold/budget.h"
#include "fold/hash.h"
#include "fold/text_sort.h"
#include "model/usage.h"

namespace weir {

struct TextTableOptions {
  HashSeed seed;
  std::size_t bytes = 0;  // of slots and keys together, also while it grows
  // Of them it takes so many in any case, and what it grows by later from the budget; of no budget:
  // all.
  std::size_t bytes_first = 0;
  Budget* budget = nullptr;
  std::uint64_t entries_max = std::numeric_limits<std::uint64_t>::max();
};

// Keys of any length; those that words hold (text_key.h) are better off elsewhere. One thread at a
// time.
class TextTable {
 public:
  virtual ~TextTable() = default;

  // Adds records, in order, until the table is full; returns how many it took. When it took fewer
  // than all: sort, read, clear, and go on with the rest. An empty table takes at least one, unless
  // the machine has no memory for it.
  virtual std::size_t add(std::span<const TextUsage> batch) = 0;

  virtual std::uint64_t keys() const = 0;

  // In place: needs no memory. Until clear(), which alone may follow, as often as one likes.
  virtual SortedTexts sort() = 0;
  virtual void clear() = 0;  // gives back what it took from the budget
};

std::unique_ptr<TextTable> make_text_table(const TextTableOptions& options);

}  // namespace weir
