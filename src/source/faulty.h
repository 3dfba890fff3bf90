// SPDX-License-Identifier: Apache-2.0
// A source that fails, by seed. For tests and simulation.
#pragma once

#include <memory>

#include "base/random.h"
#include "source/source.h"

namespace weir {

struct SourceFaults {    // probabilities, each call
  double list = 0;       // of each step: the listing ends early, `unavailable`
  double look = 0;       // `unavailable`, EIO
  double open = 0;       // `unavailable`, EMFILE
  double read = 0;       // `unavailable`, EIO
  double pin = 0;        // `conflict`, though nothing changed
  double pin_again = 0;  // the same with EAGAIN: a mere touch
};

// Borrows both.
std::unique_ptr<Source> faulty_source(Source& source, Random& random, const SourceFaults& faults);

}  // namespace weir
