// SPDX-License-Identifier: Apache-2.0
// The block parsers that there are, and what they share; who wants one asks block_parsers() in
// format/pairs.h.
#pragma once

#include <cstddef>
#include <string_view>

#include "format/pairs.h"

namespace weir {

inline constexpr std::size_t block_bytes = 64;
inline constexpr std::size_t block_numbers_max = block_bytes / 2;  // a digit and a separator each
static_assert(block_numbers_max + 8 <= 2 * block_records_max);     // vectors overhang

#if defined(__x86_64__)
BlockParsers avx2_parsers();
BlockParsers avx512_parsers();
#endif

// The last line that begins in front of `offset`, or there: of its first byte.
inline std::size_t line_begin_before(std::string_view lines, std::size_t offset) {
  return offset == 0 ? 0 : lines.rfind('\n', offset - 1) + 1;  // 0 where there is none
}

}  // namespace weir
