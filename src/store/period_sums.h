// SPDX-License-Identifier: Apache-2.0
// Rows of one consumer's history, added up by period. Private to this folder.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/history.h"

namespace weir {

class PeriodSums {
 public:
  explicit PeriodSums(Period period) : period_(period) {}

  // In any order. `invalid`: over history_periods_max.
  Result<void> add(const HistoryRow& row);
  // Ascending by start; of one start, the finer period first.
  std::vector<PeriodSum> take() const;

 private:
  const Period period_;
  std::map<std::pair<Seconds, Period>, Int128> sums_;
};

}  // namespace weir
