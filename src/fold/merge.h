// SPDX-License-Identifier: Apache-2.0
// Many sorted sources as one: ascending keys, each once, with the sum of its sums.
#pragma once

#include <memory>
#include <vector>

#include "model/partial.h"

namespace weir {

// At least one source, all of one kind of key. Takes no memory beside that of its sources, but a
// batch of entries.
std::unique_ptr<SumCursor> merged(std::vector<std::unique_ptr<SumCursor>> sources);

}  // namespace weir
