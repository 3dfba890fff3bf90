// SPDX-License-Identifier: Apache-2.0
// Leases that fail and lie, by seed. For tests and simulation.
#pragma once

#include <memory>

#include "base/random.h"
#include "lease/lease.h"

namespace weir {

struct LeaseFaults {        // probabilities
  double lost_request = 0;  // of a call: no effect, answers `unavailable`
  double lost_reply = 0;    // of a call: it took effect, and answers `unavailable`
  double says_ours = 0;     // of a name: said to be ours, whoever holds it
  double says_held = 0;     // of a name: said to be another's, though it was taken
  double forgotten = 0;     // of a name: freed at once, and nobody hears of it
  double early = 0;         // of a call: what it takes or renews lasts a tenth of the time
};

// Borrows both.
std::unique_ptr<Leases> faulty_leases(Leases& leases, Random& random, const LeaseFaults& faults);

}  // namespace weir
