// SPDX-License-Identifier: Apache-2.0
// Corrections::roll_up, within the caller's transaction. Private to this folder.
#pragma once

#include <string_view>

#include "store/corrections.h"
#include "store/sql_take_back.h"

namespace weir {

struct RollUpOrder {
  Nanoseconds before = 0;
  Period into = Period::day;
  std::uint64_t rows_max = 0;
};
Result<RolledUp> roll_up(const SqlBench& bench, const RollUpOrder& order);

// Selects the files that another is about to replace.
extern const std::string_view replaced_soon;

}  // namespace weir
