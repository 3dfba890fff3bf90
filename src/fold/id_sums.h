// SPDX-License-Identifier: Apache-2.0
// Sums by integer key: lanes of which each adds small ids up in an array, a few others in a hash
// table of its own, and very many in partitions that all lanes share (id_lane.h).
#pragma once

#include <memory>

#include "fold/fold.h"
#include "fold/memory_plan.h"
#include "fold/spill_folder.h"
#include "fold/sums.h"
#include "io/machine.h"

namespace weir {

std::unique_ptr<Sums> make_id_sums(const Machine& machine, const FoldOptions& options,
                                   const MemoryPlan& plan, SpillFolder& folder);

}  // namespace weir
