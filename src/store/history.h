// SPDX-License-Identifier: Apache-2.0
// What each file added to each consumer, and when: kept where the flow asks for it. A part of the
// store seam, see store.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/int128.h"
#include "base/result.h"
#include "model/period.h"
#include "model/unit.h"

namespace weir {

// What one file added to a consumer; or, once rolled up, what all files of a period did together.
struct HistoryRow {
  Nanoseconds at = 0;  // when the file was accepted, in whole seconds; the start of a longer period
  FileSequence file = 0;  // 0: of many
  Period period = Period::file;
  std::string path;  // empty: of many, or the file was forgotten
  Int128 amount = 0;
};

struct HistoryQuery {
  std::string consumer;
  Nanoseconds from = INT64_MIN;  // rows that begin in [from, to)
  Nanoseconds to = INT64_MAX;
  std::optional<HistoryRow> after;  // the last row of the page before
  std::uint64_t rows_max = 1000;
};

struct PeriodQuery {
  std::string consumer;
  Nanoseconds from = INT64_MIN;  // rows that begin in [from, to)
  Nanoseconds to = INT64_MAX;
  Period period = Period::day;
};

struct PeriodSum {
  Nanoseconds at = 0;  // its start
  Period period = Period::day;
  Int128 amount = 0;
};

inline constexpr std::uint64_t history_periods_max = 1'000'000;  // told at once: hours of a century

// Every call: `invalid` where no history is kept, or the consumer is none.
class History {
 public:
  virtual ~History() = default;
  // Ascending by time and file.
  virtual Result<std::vector<HistoryRow>> of_consumer(const HistoryQuery& query) = 0;
  // Sums per period of UTC, ascending. What was rolled up into a longer period than is asked for is
  // told as that, beside the others: it is never spread. `invalid`: over history_periods_max.
  virtual Result<std::vector<PeriodSum>> by_period(const PeriodQuery& query) = 0;
};

}  // namespace weir
