// SPDX-License-Identifier: Apache-2.0
// Reading history: by consumer, in the order of the table.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/correction_rules.h"
#include "store/identifier.h"
#include "store/period_sums.h"
#include "store/sql_history_rows.h"
#include "store/sql_parts.h"
#include "store/sql_rows.h"

namespace weir {
namespace {

class SqlHistory final : public History {
 public:
  explicit SqlHistory(const SqlParts& parts) : parts_(parts) {}

  Result<std::vector<HistoryRow>> of_consumer(const HistoryQuery& query) override;
  Result<std::vector<PeriodSum>> by_period(const PeriodQuery& query) override;

 private:
  const SqlParts parts_;
};

Result<HistoryRow> history_row(const SqlStatement& row) {
  const auto period = period_from_name(row.bytes(3));
  if (!period) {
    return Error{ErrorKind::corrupt, "the history holds the period '" + escaped(row.bytes(3), 64) +
                                         "', which weir never writes"};
  }
  return HistoryRow{.at = wall_of(row.integer(0)),
                    .file = row.integer(1),
                    .period = *period,
                    .path = std::string(row.bytes(4)),
                    .amount = row.amount(2)};
}

// Behind the row that was the last of the page before, or from the start.
struct Place {
  Seconds at = INT64_MIN;
  FileSequence file = 0;
  std::string_view period;

  static Place behind(const HistoryQuery& query) {
    const Seconds from = first_second_from(query.from);
    if (!query.after) {
      return {.at = from, .file = -1};
    }
    return {.at = seconds_of(query.after->at),
            .file = query.after->file,
            .period = name(query.after->period)};
  }
};

Result<std::vector<HistoryRow>> SqlHistory::of_consumer(const HistoryQuery& query) {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  const SqlLayout& layout = transaction.layout();
  TRY(check_history(layout));
  TRY_ASSIGN(const SqlValue consumer, consumer_value(layout, query.consumer));
  const std::string behind_place =
      behind(transaction.db().engine().words(), {"h.at", "h.file", "h.period"}, 2);
  TRY_ASSIGN(auto rows, transaction.db().prepare(R"(
      SELECT h.at, h.file, h.amount, h.period, f.path
      FROM )" + quoted(layout.history) + R"( AS h LEFT JOIN weir_file AS f ON f.sequence = h.file
      WHERE h.consumer = ?1 AND )" + behind_place +
                                                 R"( AND h.at < ?5
      ORDER BY h.at, h.file, h.period LIMIT ?6)"));
  const Place place = Place::behind(query);
  std::vector<HistoryRow> found;
  const auto limit = static_cast<std::int64_t>(std::min<std::uint64_t>(query.rows_max, INT64_MAX));
  TRY_ASSIGN(bool more, rows.find({consumer, place.at, place.file, place.period,
                                   first_second_from(query.to), limit}));
  while (more) {
    TRY_ASSIGN(auto row, history_row(rows));
    found.push_back(std::move(row));
    TRY_ASSIGN(more, rows.next());
  }
  TRY(transaction.commit());
  return found;
}

Result<std::vector<PeriodSum>> SqlHistory::by_period(const PeriodQuery& query) {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  const SqlLayout& layout = transaction.layout();
  TRY(check_history(layout));
  TRY_ASSIGN(const SqlValue consumer, consumer_value(layout, query.consumer));
  TRY_ASSIGN(auto rows, transaction.db().prepare(
                            "SELECT at, file, amount, period, '' FROM " + quoted(layout.history) +
                            " WHERE consumer = ? AND at >= ? AND at < ? ORDER BY at"));
  PeriodSums sums(query.period);
  TRY_ASSIGN(bool more,
             rows.find({consumer, first_second_from(query.from), first_second_from(query.to)}));
  while (more) {
    TRY_ASSIGN(const auto row, history_row(rows));
    TRY(sums.add(row));
    TRY_ASSIGN(more, rows.next());
  }
  TRY(transaction.commit());
  return sums.take();
}

}  // namespace

Result<void> check_history(const SqlLayout& layout) {
  return layout.history.empty() ? no_history(layout.name) : Result<void>();
}

std::unique_ptr<History> sql_history(const SqlParts& parts) {
  return std::make_unique<SqlHistory>(parts);
}

}  // namespace weir
