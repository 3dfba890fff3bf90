// SPDX-License-Identifier: Apache-2.0
#include "flow/corrections.h"

#include <utility>

namespace weir {
namespace {

constexpr std::uint64_t rows_per_transaction = 20'000;  // of a roll-up: other writers wait so long
constexpr std::uint64_t rows_per_page = 1000;

}  // namespace

Result<Correction> revoke_file(Store& store, const FileRow& file, const std::string& why) {
  return store.corrections().revoke(file, why);
}

Result<RollUpSummary> roll_up_history(Store& store, const RollUpOrder& order, const Stop& stop) {
  RollUpSummary summary;
  for (bool more = true; more && !summary.stopped;) {
    TRY_ASSIGN(const RolledUp rolled,
               store.corrections().roll_up(order.before, order.into, rows_per_transaction));
    summary.rows_read += rolled.rows_read;
    summary.rows_merged += rolled.rows_merged;
    more = rolled.more;
    summary.stopped = more && stop.requested();
  }
  return summary;
}

std::vector<RollUpOrder> roll_up_schedule(const HistorySettings& settings, Nanoseconds now) {
  std::vector<RollUpOrder> orders;
  for (const auto& [after, period] : {std::pair(settings.months_after, Period::month),
                                      std::pair(settings.days_after, Period::day),
                                      std::pair(settings.hours_after, Period::hour)}) {
    if (after > 0) {
      orders.push_back({.before = now - after, .into = period});
    }
  }
  return orders;
}

Result<Correction> rebase_books(Store& store, const std::string& why) {
  return store.corrections().rebase(why);
}

Result<Correction> forget_files(Store& store, Nanoseconds finished_before) {
  return store.corrections().forget(finished_before);
}

Result<void> each_correction(Store& store,
                             const std::function<Result<void>(const Correction&)>& visit) {
  std::int64_t after = 0;
  for (;;) {
    TRY_ASSIGN(const auto page, store.corrections().list(after, rows_per_page));
    for (const Correction& correction : page) {
      TRY(visit(correction));
      after = correction.number;
    }
    if (page.size() < rows_per_page) {
      return {};
    }
  }
}

Result<std::optional<Int128>> sum_of_span(Store& store, const std::string& consumer,
                                          const Span& span) {
  TRY_ASSIGN(
      const auto sums,
      store.history().by_period(
          {.consumer = consumer, .from = span.from, .to = span.to, .period = Period::month}));
  std::optional<Int128> sum;
  for (const PeriodSum& month : sums) {
    sum = sum.value_or(0) + month.amount;
  }
  return sum;
}

Result<Explained> explain_total(Store& store, const std::string& consumer, const Span& span,
                                const std::function<Result<void>(const HistoryRow&)>& visit) {
  Explained explained;
  TRY_ASSIGN(const auto totals, store.totals().get({&consumer, 1}));
  explained.total = totals.front();
  HistoryQuery query{
      .consumer = consumer, .from = span.from, .to = span.to, .rows_max = rows_per_page};
  for (;;) {
    TRY_ASSIGN(const auto rows, store.history().of_consumer(query));
    for (const HistoryRow& row : rows) {
      TRY(visit(row));
      explained.told += row.amount;
    }
    if (rows.size() < rows_per_page) {
      return explained;
    }
    query.after = rows.back();
  }
}

}  // namespace weir
