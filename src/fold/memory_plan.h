// SPDX-License-Identifier: Apache-2.0
// How the memory of a fold is shared out, once, so that no part of it has to ask another:
//
//   | lane 0 | lane 1 | … | reserve: blocks to write runs from while adding, to read them while
//   merging |
//
#pragma once

#include <cstddef>

#include "fold/fold.h"

namespace weir {

struct MemoryPlan {
  std::size_t lane_bytes = 0;      // of each lane: its table
  std::uint64_t lane_entries = 0;  // of each lane, at most
  std::size_t block_bytes = 0;     // of runs
  std::size_t merge_fan_in = 0;    // runs that are read at a time
  std::size_t reserve_bytes = 0;
};

MemoryPlan plan_memory(const FoldOptions& options);

}  // namespace weir
