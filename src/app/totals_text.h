// SPDX-License-Identifier: Apache-2.0
// `consumer total` lines, as fast as a sum can produce them.
#pragma once

#include <span>

#include "app/output.h"
#include "model/partial.h"

namespace weir {

// A text key keeps its bytes, except on a terminal, where it is escaped.
void write_totals(Output& output, std::span<const SumEntry> entries);

}  // namespace weir
