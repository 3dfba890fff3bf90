// SPDX-License-Identifier: Apache-2.0
// Fixed limits of the fold; what a user may change is a setting of the flow (model/flow.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::limits {

inline constexpr std::size_t cursor_batch_entries = 128;  // that a cursor of the fold hands out

// Where ranges of keys are made to end, beside where the keys themselves suggest it.
inline constexpr std::size_t order_cuts_max = 513;

// A run is written and read in blocks. Small memory makes them small.
inline constexpr std::size_t spill_block_bytes_min = 1 << 10;
inline constexpr std::size_t spill_block_bytes_max = 64 << 10;

// How many sorted lanes and runs are read at a time: each costs a block and, for a run, a file
// descriptor. More runs than that are merged in several passes. How many runs there may be is the
// disk's affair.
inline constexpr std::size_t merge_fan_in_min = 2;
inline constexpr std::size_t merge_fan_in_max = 64;

// What a lane gets even where the fold's memory is smaller; the limit does not hold below it.
inline constexpr std::size_t lane_bytes_min = 4 << 10;

}  // namespace weir::limits
