// SPDX-License-Identifier: Apache-2.0
// How the memory of a fold is shared out, once:
//
//   text keys     | lane 0 | lane 1 | … | reserve |
//   integer keys  | lane 0: array, front, scatter | lane 1 … | tables that all lanes share |
//   reserve |
//
// The reserve is for blocks of runs: to write them while adding, to read them while merging.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fold/fold.h"

namespace weir {

// Of integer keys (id_lane.h).
struct IdPlan {
  std::uint64_t dense_ids_first = 0;  // of each lane's array, at first and at most; what it grows
  std::uint64_t dense_ids_max = 0;    // by is taken from the tables' memory
  std::size_t front_bytes = 0;        // of each lane
  std::uint64_t front_entries = 0;
  std::size_t scatter_records = 0;  // of each lane, at most
  unsigned partition_bits = 0;      // 2^bits tables are shared
  std::uint64_t table_bytes = 0;    // of all of them
  std::uint64_t table_entries = 0;  // 0: memory decides
};

struct MemoryPlan {
  std::size_t lane_bytes = 0;      // of each lane of text keys: its table
  std::uint64_t lane_entries = 0;  // of each, at most
  IdPlan ids;
  std::size_t block_bytes = 0;   // of runs
  std::size_t merge_fan_in = 0;  // runs that are read at a time
  std::size_t reserve_bytes = 0;
};

MemoryPlan plan_memory(const FoldOptions& options);

// Of all lanes together, tables included.
std::uint64_t bytes_of(const IdPlan& plan, int lanes);

}  // namespace weir
