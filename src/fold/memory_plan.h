// SPDX-License-Identifier: Apache-2.0
// How the memory of a fold is shared out, once:
//
//   integer keys  | lane 0: array, front, scatter | lane 1 … | tables that all lanes share |
//   text keys     | lane 0: front, scatter, long keys | lane 1 … | the same |
//   both          | reserve |
//
// The reserve is for blocks of runs: to write them while adding, to read them while merging.
#pragma once

#include <cstddef>
#include <cstdint>

#include "fold/fold.h"

namespace weir {

// Of keys that need a hash (sharing_lane.h).
struct SharingPlan {
  std::size_t front_bytes = 0;  // of each lane
  std::uint64_t front_entries = 0;
  std::size_t scatter_records = 0;  // of each lane, at most
  unsigned partition_bits = 0;      // 2^bits tables are shared
  std::uint64_t table_bytes = 0;    // of all of them
  std::uint64_t table_entries = 0;  // 0: memory decides
};

// Of integer keys (id_lane.h).
struct IdPlan {
  std::uint64_t dense_ids_first = 0;  // of each lane's array, at first and at most; what it grows
  std::uint64_t dense_ids_max = 0;    // by is taken from the tables' memory
  SharingPlan others;
};

// Of text keys (text_lane.h).
struct TextPlan {
  SharingPlan words;
  std::size_t long_bytes_first = 0;  // of each lane's table of long keys, at first and at most;
  std::size_t long_bytes_max = 0;    // what it grows by is taken from the tables' memory
  std::uint64_t long_entries = 0;    // of each, at most
};

struct MemoryPlan {
  IdPlan ids;                    // one of these
  TextPlan texts;                // or the other
  std::size_t block_bytes = 0;   // of runs
  std::size_t merge_fan_in = 0;  // runs that are read at a time
  std::size_t reserve_bytes = 0;
};

MemoryPlan plan_memory(const FoldOptions& options);

// Of all lanes together, tables included.
std::uint64_t bytes_of(const IdPlan& plan, int lanes);
std::uint64_t bytes_of(const TextPlan& plan, int lanes);

}  // namespace weir
