// SPDX-License-Identifier: Apache-2.0
// Sums by text key, those in words and long ones: what lanes do with them is told in text_lane.h,
// how both are put in order in ordering.h and text_slices.h.
#pragma once

#include <memory>

#include "fold/fold.h"
#include "fold/memory_plan.h"
#include "fold/spill_folder.h"
#include "fold/sums.h"
#include "io/machine.h"

namespace weir {

std::unique_ptr<Sums> make_text_sums(const Machine& machine, const FoldOptions& options,
                                     const MemoryPlan& plan, SpillFolder& folder);

}  // namespace weir
