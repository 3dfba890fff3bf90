// SPDX-License-Identifier: Apache-2.0
// Fixed limits of the model; what a user may change is a setting of the flow (model/flow.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace weir::limits {

inline constexpr std::size_t text_key_bytes = 1024;
inline constexpr std::size_t reject_text_bytes = 200;  // shown of a rejected line
inline constexpr std::size_t sniff_bytes = 64 << 10;   // read to see whether a file looks wrong
inline constexpr std::size_t accept_files_per_batch = 1000;
inline constexpr std::size_t files_open_max = 64;

}  // namespace weir::limits
