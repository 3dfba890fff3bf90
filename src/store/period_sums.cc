// SPDX-License-Identifier: Apache-2.0
#include "store/period_sums.h"

#include <algorithm>
#include <string>

namespace weir {

Result<void> PeriodSums::add(const HistoryRow& row) {
  const Period period = std::max(period_, row.period);  // never spread
  sums_[{period_start(period, seconds_of(row.at)), period}] += row.amount;
  if (sums_.size() > history_periods_max) {
    return Error{ErrorKind::invalid, "that is over " + std::to_string(history_periods_max) +
                                         " periods: ask for a shorter time, or for longer periods"};
  }
  return {};
}

std::vector<PeriodSum> PeriodSums::take() const {
  std::vector<PeriodSum> all;
  all.reserve(sums_.size());
  for (const auto& [key, amount] : sums_) {
    all.push_back({.at = wall_of(key.first), .period = key.second, .amount = amount});
  }
  return all;
}

}  // namespace weir
