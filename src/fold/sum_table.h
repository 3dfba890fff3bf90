// SPDX-License-Identifier: Apache-2.0
// Sums by integer key. Exact: a sum that leaves 64 bits is carried (carry_table.h).
#pragma once

#include <memory>

#include "fold/key_table.h"

namespace weir {

std::unique_ptr<KeyTable> make_sum_table(const KeyTableOptions& options);

}  // namespace weir
