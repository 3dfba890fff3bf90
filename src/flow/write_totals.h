// SPDX-License-Identifier: Apache-2.0
// A folded partial, written out: several tasks make text of its slices, and write in their order.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/tasks.h"
#include "flow/sum.h"
#include "fold/fold.h"

namespace weir {

// The fold is finished. Returns how many totals there were.
Result<std::uint64_t> write_totals(Tasks& tasks, int jobs, Fold& fold, const TotalsOutput& output);

}  // namespace weir
