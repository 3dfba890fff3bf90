// SPDX-License-Identifier: Apache-2.0
// Rolling up: a walk over the rows of history in the order of time, some rows a call, each call one
// transaction. A row that is finer than the period is added to the period's own row and goes.
//
//   at     file  consumer  period           consumer  at     file  period
//   09:12  41    7         file             7         09:00  0     hour
//   09:48  42    7         file      ──►    7         11:00  0     hour
//   11:05  43    7         file
//
// weir_rolling remembers where the walk is, and from when on there is something to merge: so that a
// call reads what has come of age since the last walk, and no more. A commit of a file that was
// accepted earlier than that (its file waited long) sets `since` back.
#include "store/sql_roll_up.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "store/identifier.h"
#include "store/rules.h"
#include "store/sql_history_rows.h"
#include "store/sql_rows.h"

namespace weir {
namespace {

// A row's place in the order of time. Before all others of its second: the first file is 1.
struct Place {
  SumEntry key() const { return {.id = static_cast<std::uint64_t>(id), .text = text}; }
  SqlValue value(KeyKind kind) const {
    return kind == KeyKind::text ? SqlValue(text) : SqlValue(id);
  }

  Seconds at = INT64_MIN;
  FileSequence file = -1;
  std::int64_t id = 0;
  std::string text;
  std::string period;
};

Place place_from(const SqlStatement& row, int first, KeyKind kind) {
  return {.at = row.integer(first),
          .file = row.integer(first + 1),
          .id = kind == KeyKind::text ? 0 : row.integer(first + 2),
          .text = std::string(kind == KeyKind::text ? row.bytes(first + 2) : ""),
          .period = std::string(row.bytes(first + 3))};
}

// What is added to one period.
class PeriodPartial final : public SumCursor {
 public:
  explicit PeriodPartial(KeyKind key) : key_(key) {}

  void add(std::int64_t id, const std::string& text, Int128 amount) { sums_[{id, text}] += amount; }

  Result<void> rewind() override {
    entries_.clear();
    for (const auto& [key, sum] : sums_) {
      entries_.push_back(
          {.id = static_cast<std::uint64_t>(key.first), .text = key.second, .sum = sum});
    }
    return {};
  }
  Result<std::span<const SumEntry>> next() override {
    handed_ = std::exchange(entries_, {});
    return std::span<const SumEntry>(handed_);
  }
  KeyKind key_kind() const override { return key_; }
  std::uint64_t keys() const override { return sums_.size(); }

 private:
  const KeyKind key_;
  std::map<std::pair<std::int64_t, std::string>, Int128> sums_;
  std::vector<SumEntry> entries_;
  std::vector<SumEntry> handed_;
};

class RollUpSteps {
 public:
  RollUpSteps(const SqlBench& bench, const RollUpOrder& order)
      : bench_(bench),
        order_(order),
        key_(bench.layout.key),
        history_(quoted(bench.layout.history)),
        cutoff_(period_start(order.into, seconds_of(order.before))) {}

  Result<RolledUp> run();

 private:
  struct Row {
    Place place;
    Int128 amount = 0;
  };

  Result<bool> find_walk();
  Result<void> load_protected();
  Result<std::vector<Row>> read();
  Result<void> remove(const std::vector<Row>& rows);
  Result<void> merge(const std::vector<Row>& rows);
  Result<void> mark(const std::vector<Row>& rows);
  Result<void> store_walk();
  bool is_due(const Place& place) const;

  const SqlBench& bench_;
  const RollUpOrder& order_;
  const KeyKind key_;
  const std::string history_;
  const Seconds cutoff_;
  Seconds since_ = INT64_MIN;
  Seconds until_ = 0;
  Place place_;          // of the last row read
  bool walked_ = false;  // before: weir_rolling has a row
  std::set<FileSequence> protected_;
  RolledUp answer_;
};

Result<RolledUp> RollUpSteps::run() {
  TRY_ASSIGN(const bool all_done, find_walk());
  if (all_done) {
    return answer_;
  }
  TRY(load_protected());
  TRY_ASSIGN(const auto rows, read());
  TRY(remove(rows));
  TRY(merge(rows));
  TRY(mark(rows));
  TRY(store_walk());
  return answer_;
}

// Goes on where the last call with this cutoff ended. True: there is nothing to do.
Result<bool> RollUpSteps::find_walk() {
  TRY_ASSIGN(auto row, bench_.db.prepare(R"(
      SELECT since, walking, cutoff, until, at, file, consumer, row_period FROM weir_rolling
      WHERE table_name = ? AND period = ?)"));
  TRY_ASSIGN(const bool found, row.find({bench_.layout.name, name(order_.into)}));
  until_ = cutoff_;
  walked_ = found;
  if (!found) {
    return false;
  }
  since_ = row.integer(0);
  const bool walking = row.integer(1) != 0 && row.integer(2) == cutoff_;
  if (walking) {
    until_ = row.integer(3);
    place_ = place_from(row, 4, key_);
  } else {
    place_.at = since_;
  }
  return !walking && since_ >= cutoff_;
}

// Files that another is about to replace: their rows must stay their own.
Result<void> RollUpSteps::load_protected() {
  TRY_ASSIGN(auto rows, bench_.db.prepare(std::string(replaced_soon)));
  TRY_ASSIGN(bool more, rows.find({}));
  while (more) {
    protected_.insert(rows.integer(0));
    TRY_ASSIGN(more, rows.next());
  }
  return {};
}

bool RollUpSteps::is_due(const Place& place) const {
  const auto period = period_from_name(place.period);
  return place.at < cutoff_ && period && *period < order_.into;
}

// The next rows that begin before the cutoff; those that are finer than the period.
Result<std::vector<RollUpSteps::Row>> RollUpSteps::read() {
  TRY_ASSIGN(auto rows,
             bench_.db.prepare(
                 "SELECT at, file, consumer, period, amount FROM " +
                     bench_.db.engine().history_by_time(bench_.layout) + " WHERE " +
                     behind(bench_.db.engine().words(), {"at", "file", "consumer", "period"}, 1) +
                     " AND at < ?5 ORDER BY at, file, consumer, period LIMIT ?6",
                 SqlRows::many));
  const Place from = place_;
  std::vector<Row> found;
  // One more than is read, so that it is known whether there is more.
  const std::int64_t rows_max = as_signed(std::min<std::uint64_t>(order_.rows_max, INT64_MAX - 1));
  TRY_ASSIGN(answer_.more,
             rows.find({from.at, from.file, from.value(key_), from.period, cutoff_, rows_max + 1}));
  while (answer_.more && answer_.rows_read < order_.rows_max) {
    ++answer_.rows_read;
    place_ = place_from(rows, 0, key_);
    const bool due = is_due(place_);
    if (due && protected_.contains(place_.file)) {
      until_ = std::min(until_, place_.at);
    } else if (due) {
      found.push_back({.place = place_, .amount = rows.amount(4)});
    }
    TRY_ASSIGN(answer_.more, rows.next());
  }
  return found;
}

Result<void> RollUpSteps::remove(const std::vector<Row>& rows) {
  TRY_ASSIGN(auto statement,
             bench_.db.prepare("DELETE FROM " + history_ +
                               " WHERE consumer = ? AND at = ? AND file = ? AND period = ?"));
  for (const auto& [place, amount] : rows) {
    TRY(statement.run({place.value(key_), place.at, place.file, place.period}));
    CHECK(bench_.db.rows_changed() == 1);  // within the transaction that read it
  }
  answer_.rows_merged = rows.size();
  return {};
}

// By period and consumer. A period may be merged in several calls: what comes later is added to it.
Result<void> RollUpSteps::merge(const std::vector<Row>& rows) {
  std::map<Seconds, PeriodPartial> periods;
  for (const auto& [place, amount] : rows) {
    const Seconds start = period_start(order_.into, place.at);
    periods.try_emplace(start, key_).first->second.add(place.id, place.text, amount);
  }
  const SqlEngine& engine = bench_.db.engine();
  for (auto& [start, partial] : periods) {
    TRY(engine.add_history(bench_.db, bench_.layout, {.at = start, .period = order_.into},
                           partial));
  }
  return {};
}

Result<void> RollUpSteps::mark(const std::vector<Row>& rows) {
  std::set<FileSequence> files;
  for (const Row& row : rows) {
    files.insert(row.place.file);
  }
  TRY_ASSIGN(auto update, bench_.db.prepare("UPDATE weir_file SET rolled_up = 1 "
                                            "WHERE sequence = ? AND rolled_up = 0"));
  for (const FileSequence file : files) {
    TRY(update.run({file}));
  }
  return {};
}

Result<void> RollUpSteps::store_walk() {
  const bool over = !answer_.more;
  TRY_ASSIGN(auto statement, bench_.db.prepare(walked_ ? R"(
      UPDATE weir_rolling SET since = ?3, walking = ?4, cutoff = ?5, until = ?6, at = ?7,
        file = ?8, consumer = ?9, row_period = ?10
      WHERE table_name = ?1 AND period = ?2)"
                                                       : R"(
      INSERT INTO weir_rolling VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10))"));
  return statement.run({bench_.layout.name, name(order_.into), over ? until_ : since_, over ? 0 : 1,
                        cutoff_, until_, place_.at, place_.file, place_.value(key_),
                        place_.period});
}

}  // namespace

const std::string_view replaced_soon = R"(
    SELECT replaces FROM weir_file
    WHERE replaces <> 0 AND state IN ('pending', 'quarantined'))";

Result<RolledUp> roll_up(const SqlBench& bench, const RollUpOrder& order) {
  TRY(check_history(bench.layout));
  CHECK(order.rows_max > 0);
  if (order.into == Period::file) {
    return Error{ErrorKind::invalid, "history is rolled up into hours, days or months"};
  }
  RollUpSteps steps(bench, order);
  return steps.run();
}

}  // namespace weir
