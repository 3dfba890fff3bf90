// SPDX-License-Identifier: Apache-2.0
// A store that fails, by seed: before a call, or after it took effect (a lost reply).
#pragma once

#include <memory>

#include "base/random.h"
#include "store/store.h"

namespace weir {

struct StoreFaults {
  double lost_request = 0;  // probability: the call had no effect, answers `unavailable`
  double lost_reply = 0;    // probability: the call took effect, answers `unavailable`
};

// Borrows both.
std::unique_ptr<Store> faulty_store(Store& store, Random& random, const StoreFaults& faults);

}  // namespace weir
