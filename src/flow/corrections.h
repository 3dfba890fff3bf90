// SPDX-License-Identifier: Apache-2.0
// What a person may change about what was counted, and what history tells: a function for each
// command, to be called by the command itself or by the process that holds the database.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "model/flow.h"
#include "store/store.h"

namespace weir {

// Takes back what the file added. Repeatable. `invalid`: it was counted without history, or was
// rolled up.
Result<Correction> revoke_file(Store& store, const FileRow& file, const std::string& why);

// Rows of history that lie wholly before become periods.
struct RollUpOrder {
  Nanoseconds before = 0;  // wall clock
  Period into = Period::day;
};
struct RollUpSummary {
  std::uint64_t rows_read = 0;
  std::uint64_t rows_merged = 0;
  bool stopped = false;  // on request; the next call goes on
};
// Many short transactions, each of which leaves the sums as they are. `invalid`: no history is
// kept.
Result<RollUpSummary> roll_up_history(Store& store, const RollUpOrder& order, const Stop& stop);

// What the flow's settings ask for now, in the order in which it is to be done: months first, so
// that no row is merged twice. None: nothing is asked for.
std::vector<RollUpOrder> roll_up_schedule(const HistorySettings& settings, Nanoseconds now);

// What others wrote to the table becomes part of the base. Number 0: nothing was off.
Result<Correction> rebase_books(Store& store, const std::string& why);

// Drops files that are over from the ledger; their names count again. Number 0: there was none.
Result<Correction> forget_files(Store& store, Nanoseconds finished_before);

// Every correction, ascending. Stops at the first error.
Result<void> each_correction(Store& store,
                             const std::function<Result<void>(const Correction&)>& visit);

// ---- reading history

struct Span {
  Nanoseconds from = INT64_MIN;  // of the wall clock: [from, to)
  Nanoseconds to = INT64_MAX;
};

// What a consumer got within the span; nothing: no row of its history begins there.
Result<std::optional<Int128>> sum_of_span(Store& store, const std::string& consumer,
                                          const Span& span);

struct Explained {
  std::optional<Total> total;  // nothing: the consumer has none
  Int128 told = 0;             // Σ of the rows that were visited
};
// Every row of the consumer's history within the span, ascending by time; and its total now.
Result<Explained> explain_total(Store& store, const std::string& consumer, const Span& span,
                                const std::function<Result<void>(const HistoryRow&)>& visit);

}  // namespace weir
