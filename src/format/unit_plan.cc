// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/check.h"
#include "format/unit_reader.h"

namespace weir {

std::vector<ByteRange> plan_units(std::uint64_t file_bytes, std::uint64_t unit_bytes,
                                  Compression compression) {
  CHECK(unit_bytes > 0);
  if (compression != Compression::none && file_bytes > 0) {
    return {{0, file_bytes}};
  }
  std::vector<ByteRange> units;
  for (std::uint64_t begin = 0; begin < file_bytes;) {
    const std::uint64_t end = begin + std::min(unit_bytes, file_bytes - begin);
    units.push_back({begin, end});
    begin = end;
  }
  return units;
}

}  // namespace weir
