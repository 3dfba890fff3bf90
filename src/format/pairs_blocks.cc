// SPDX-License-Identifier: Apache-2.0
#include "format/pairs_blocks.h"

namespace weir {

BlockParsers block_parsers(Vectors vectors) {
#if defined(__x86_64__)
  switch (vectors) {
    case Vectors::avx512:
      return avx512_parsers();
    case Vectors::avx2:
      return avx2_parsers();
    case Vectors::portable:
      break;
  }
#else
  static_cast<void>(vectors);
#endif
  return {};
}

}  // namespace weir
