// SPDX-License-Identifier: Apache-2.0
// Every way of the hot loops that this machine can run.
#pragma once

#include <vector>

#include "base/cpu.h"

namespace weir::testing {

inline std::vector<Vectors> vector_ways() {
  std::vector<Vectors> ways;
  for (const Vectors vectors : {Vectors::portable, Vectors::avx2, Vectors::avx512}) {
    if (vectors <= vectors_of_machine()) {
      ways.push_back(vectors);
    }
  }
  return ways;
}

}  // namespace weir::testing
