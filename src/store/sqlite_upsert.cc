// SPDX-License-Identifier: Apache-2.0
// Rows go in by 250: a statement of several rows keeps a copy of each page that it changes, to be
// undone alone, and the more rows share that copy the better. A million sorted keys into an empty
// table, CPU seconds: 0.40 by 1 or 16 rows, 0.30 by 32, 0.25 by 64, 0.21 by 250, 0.20 by 1,000.
// Since the keys ascend, each page of the table is touched once.
//
//   partial ──► [ 250 rows ] ──full──► INSERT … VALUES (?,?), … 250 times … ON CONFLICT DO UPDATE
//                    └──────the last ones, one by one──► the same statement with one row
//
// A STRICT column refuses a sum that overflows, and with it its whole statement. Then the consumer
// is looked for among the rows in hand.
#include "store/sqlite_upsert.h"

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/identifier.h"
#include "store/rules.h"

namespace weir {
namespace {

constexpr std::size_t rows_per_statement = 250;

struct Row {
  std::int64_t id = 0;
  std::string text;
  std::int64_t sum = 0;
};

// Where rows go, as statements have it: the rows of one statement differ in consumer and amount.
struct Target {
  std::string insert;       // "INSERT INTO usage(consumer, amount) VALUES "
  std::string between;      // consumer and amount: what is the same in all rows, ", ?1, ?2"
  std::string behind;       // the amount
  std::string on_conflict;  // adds it to what is stored
  std::string stored;       // reads that
  std::vector<std::int64_t> same = {};  // ?1, ?2, …
};

Target target_of(const SqlLayout& layout) {
  const std::string& table = layout.table;
  return {
      .insert = "INSERT INTO " + table + "(" + layout.consumer + ", " + layout.amount + ") VALUES ",
      .between = "",
      .behind = "",
      .on_conflict = " ON CONFLICT(" + layout.consumer + ") DO UPDATE SET " + layout.amount +
                     " = " + table + "." + layout.amount + " + excluded." + layout.amount,
      .stored =
          "SELECT " + layout.amount + " FROM " + table + " WHERE " + layout.consumer + " = ?"};
}

Target target_of(const std::string& history, const SqlHistoryPlace& place) {
  return {
      .insert = "INSERT INTO " + history + "(consumer, at, file, amount, period) VALUES ",
      .between = ", ?1, ?2",
      .behind = ", '" + std::string(name(place.period)) + "'",
      .on_conflict = " ON CONFLICT DO UPDATE SET amount = " + history + ".amount + excluded.amount",
      .stored = "SELECT amount FROM " + history + " WHERE at = ?1 AND file = ?2 AND period = '" +
                std::string(name(place.period)) + "' AND consumer = ?3",
      .same = {place.at, place.file}};
}

std::string upsert_of(const Target& target, std::size_t rows) {
  std::string sql = target.insert;
  std::size_t number = target.same.size();
  for (std::size_t i = 0; i < rows; ++i) {
    sql += (i == 0 ? "(?" : ", (?") + std::to_string(number + 1) + target.between + ", ?" +
           std::to_string(number + 2) + target.behind + ")";
    number += 2;
  }
  return sql + target.on_conflict;
}

class Upsert {
 public:
  static Result<Upsert> prepare(SqliteConnection& db, const Target& target, KeyKind key) {
    TRY_ASSIGN(auto many, db.prepare(upsert_of(target, rows_per_statement)));
    TRY_ASSIGN(auto one, db.prepare(upsert_of(target, 1)));
    TRY_ASSIGN(auto stored, db.prepare(target.stored));
    return Upsert(std::move(many), std::move(one), std::move(stored), target.same, key);
  }

  Result<void> add(const SumEntry& entry) {
    if (!fits_int64(entry.sum)) {
      return too_large(entry);
    }
    Row& row = rows_[filled_++];
    row.id = static_cast<std::int64_t>(entry.id);
    row.text.assign(entry.text);
    row.sum = static_cast<std::int64_t>(entry.sum);
    if (filled_ == rows_per_statement) {
      filled_ = 0;
      return write(many_, rows_);
    }
    return {};
  }

  Result<void> finish() {
    for (std::size_t i = 0; i < filled_; ++i) {
      TRY(write(one_, std::span(rows_).subspan(i, 1)));
    }
    filled_ = 0;
    return {};
  }

 private:
  Upsert(SqliteStatement many, SqliteStatement one, SqliteStatement stored,
         std::vector<std::int64_t> same, KeyKind key)
      : many_(std::move(many)),
        one_(std::move(one)),
        stored_(std::move(stored)),
        same_(std::move(same)),
        key_(key) {}

  int bind_same(SqliteStatement& statement) const {
    int position = 0;
    for (const std::int64_t value : same_) {
      statement.bind(++position, value);
    }
    return position;
  }

  Result<void> write(SqliteStatement& statement, std::span<const Row> rows) {
    int position = bind_same(statement);
    for (const Row& row : rows) {
      statement.bind(++position, key_of(row));
      statement.bind(++position, row.sum);
    }
    auto written = statement.run_bound();
    if (!written && written.error().kind == ErrorKind::invalid) {
      TRY(find_overflow(rows));
    }
    return written;
  }

  SqlValue key_of(const Row& row) const {
    return key_ == KeyKind::text ? SqlValue(row.text) : SqlValue(row.id);
  }

  Result<Int128> stored(const SqlValue& key) {
    stored_.reset();
    stored_.bind(bind_same(stored_) + 1, key);
    TRY_ASSIGN(const bool found, stored_.next());
    return found ? Int128{stored_.integer(0)} : Int128{0};
  }

  // The statement was undone: what is stored is what was before it.
  Result<void> find_overflow(std::span<const Row> rows) {
    for (const Row& row : rows) {
      TRY_ASSIGN(const Int128 before, stored(key_of(row)));
      if (!fits_int64(before + row.sum)) {
        const SumEntry entry{.id = static_cast<std::uint64_t>(row.id), .text = row.text};
        return sum_does_not_fit(consumer_text(entry, key_), before, row.sum);
      }
    }
    return {};  // some other constraint of the user's table
  }

  Error too_large(const SumEntry& entry) {
    auto before = stored(key_ == KeyKind::text ? SqlValue(entry.text)
                                               : SqlValue(static_cast<std::int64_t>(entry.id)));
    if (!before) {
      return std::move(before).error();
    }
    return sum_does_not_fit(consumer_text(entry, key_), *before, entry.sum);
  }

  SqliteStatement many_;
  SqliteStatement one_;
  SqliteStatement stored_;
  std::vector<std::int64_t> same_;
  KeyKind key_;
  std::array<Row, rows_per_statement> rows_;
  std::size_t filled_ = 0;
};

Result<SqlAdded> add_all(Upsert& upsert, SumCursor& partial) {
  TRY_ASSIGN(const SqlAdded added,
             add_each(partial, [&](const SumEntry& entry) { return upsert.add(entry); }));
  TRY(upsert.finish());
  return added;
}

}  // namespace

Result<SqlAdded> add_to_table(SqliteConnection& db, const SqlLayout& layout, SumCursor& partial) {
  TRY_ASSIGN(auto upsert, Upsert::prepare(db, target_of(layout), layout.key));
  return add_all(upsert, partial);
}

Result<SqlAdded> add_to_history(SqliteConnection& db, const SqlLayout& layout,
                                const SqlHistoryPlace& place, SumCursor& partial) {
  TRY_ASSIGN(auto upsert,
             Upsert::prepare(db, target_of(quoted(layout.history), place), layout.key));
  return add_all(upsert, partial);
}

}  // namespace weir
