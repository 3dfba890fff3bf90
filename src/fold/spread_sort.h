// SPDX-License-Identifier: Apache-2.0
// Sorts records by key within a cache: each is put near its place by where its key lies between the
// least and the greatest, as one opens a telephone book; then each of these small heaps is sorted.
//
//   keys 100 … 900     100 300 | 320 | | 550 510 | | 900      ──►  each heap sorted, one behind
//   another
//
// Keys that are spread evenly, as those of a quantile are, make heaps of a few. A heap that came
// out large, of keys that are not, is sorted like the whole once more, as long as that helps.
#pragma once

#include <vector>

#include "model/usage.h"

namespace weir {

// Ascending by consumer; equal ones in any order.
std::vector<Usage> spread_sorted(std::vector<Usage> records);

}  // namespace weir
