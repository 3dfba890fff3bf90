// SPDX-License-Identifier: Apache-2.0
// What a fold does with one kind of key: lanes to add to, and afterwards slices to read.
// Implementations: id_sums.h, text_sums.h.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "fold/spill.h"
#include "model/partial.h"
#include "model/usage.h"

namespace weir {

// Each lane by one task at a time; keys and bytes_spilled from any; the rest when all are done.
class Sums {
 public:
  virtual ~Sums() = default;
  virtual UsageSink& lane(int index) = 0;
  virtual Result<void> lane_status(int index) const = 0;
  virtual std::uint64_t keys() const = 0;
  virtual std::uint64_t bytes_spilled() const = 0;

  // Puts in order what is in memory; once.
  virtual Result<void> close() = 0;
  virtual const std::vector<Run>& runs() const = 0;  // what is not in memory
  // Ranges of keys, ascending, which may be read at the same time.
  virtual std::size_t slices() const = 0;
  virtual std::unique_ptr<SumCursor> slice(std::size_t index) const = 0;
};

}  // namespace weir
