// SPDX-License-Identifier: Apache-2.0
// Rows go in by 10,000, sorted as they come. Measured with a million sorted keys, seconds, into an
// empty table, one that has them all, and one that has half: as arrays of values for the statement
// of one row 1.4, 3.9, 2.7; as statements of 10,000 rows 1.7, 3.9, 3.1; through a temporary table
// 2.5, 4.8, 3.7. Four writers of one table at once are slower than one after the other: for many
// rows they take turns.
//
//   partial ──► [ 10,000 rows ] ──full──► INSERT … ON DUPLICATE KEY UPDATE amount = amount + …
//
// In strict mode the server refuses a sum that does not fit, and with it the whole statement. Then
// the consumer is looked for among the rows in hand.
#include "store/mariadb_upsert.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "store/identifier.h"
#include "store/mariadb_table.h"
#include "store/rules.h"

namespace weir {
namespace {

constexpr std::size_t rows_max = 10'000;
constexpr std::size_t bytes_max = std::size_t{4} << 20;  // of the keys and amounts in hand
constexpr std::uint64_t keys_before_turns = 10'000;
// How many rows a statement has, where there are no arrays: what is left goes with the next one.
constexpr std::array<std::size_t, 4> statement_rows = {1000, 100, 10, 1};

// Where rows go, as statements have it.
struct Target {
  std::string insert;                   // "INSERT INTO usage(consumer, amount) VALUES "
  std::string values;                   // of one row: "(?, ?)"
  std::string table;                    // quoted
  std::string amount;                   // column, quoted
  std::string stored;                   // reads what is there for a consumer
  std::vector<std::int64_t> same = {};  // values behind consumer and amount: the same in all rows
  std::string name;                     // of table and column, as they are
  std::string amount_name;
};

std::string bare(const std::string& quoted_name) {
  return quoted_name.substr(1, quoted_name.size() - 2);  // no name holds a quote
}

Target target_of(const SqlLayout& layout) {
  return {.insert = "INSERT INTO " + layout.table + "(" + layout.consumer + ", " + layout.amount +
                    ") VALUES ",
          .values = "(?, ?)",
          .table = layout.table,
          .amount = layout.amount,
          .stored = "SELECT " + layout.amount + " FROM " + layout.table + " WHERE " +
                    layout.consumer + " = ?",
          .name = layout.name,
          .amount_name = bare(layout.amount)};
}

Target target_of(const std::string& history, const SqlHistoryPlace& place) {
  const std::string period = "'" + std::string(name(place.period)) + "'";
  const std::string table = quoted(history);
  return {.insert = "INSERT INTO " + table + "(consumer, amount, at, file, period) VALUES ",
          .values = "(?, ?, ?, ?, " + period + ")",
          .table = table,
          .amount = "amount",
          .stored = "SELECT amount FROM " + table +
                    " WHERE consumer = ? AND at = ? AND file = ? AND period = " + period,
          .same = {place.at, place.file},
          .name = history,
          .amount_name = "amount"};
}

// MySQL has another word for the row that is not inserted, and is about to give up this one.
std::string upsert_of(const Target& target, std::size_t rows, bool is_mariadb) {
  std::string sql = target.insert;
  for (std::size_t i = 0; i < rows; ++i) {
    sql += (i == 0 ? "" : ", ") + target.values;
  }
  const std::string amount = target.table + "." + target.amount;
  return sql + (is_mariadb ? "" : " AS added") + " ON DUPLICATE KEY UPDATE " + target.amount +
         " = " + amount + " + " +
         (is_mariadb ? "VALUES(" + target.amount + ")" : "added." + target.amount);
}

// The rows in hand, column by column.
class Rows {
 public:
  Rows(KeyKind key, std::vector<std::int64_t> same) : key_(key), same_(std::move(same)) {}

  void add(const SumEntry& entry) {
    ids_.push_back(static_cast<std::int64_t>(entry.id));
    texts_.append(entry.text);
    text_lengths_.push_back(static_cast<unsigned long>(entry.text.size()));
    const std::string amount = to_text(entry.sum);
    amounts_.append(amount);
    amount_lengths_.push_back(static_cast<unsigned long>(amount.size()));
    sums_.push_back(entry.sum);
  }
  void clear() {
    ids_.clear();
    texts_.clear();
    text_lengths_.clear();
    amounts_.clear();
    amount_lengths_.clear();
    sums_.clear();
  }
  std::size_t count() const { return sums_.size(); }
  bool is_full(std::size_t bytes) const {
    return count() >= rows_max || texts_.size() + amounts_.size() >= bytes;
  }
  const std::vector<Int128>& sums() const { return sums_; }

  // Pointers into the rows in hand, until the next one is added.
  void settle() {
    point(texts_, text_lengths_, text_starts_);
    point(amounts_, amount_lengths_, amount_starts_);
  }
  SumEntry entry(std::size_t row) const {
    return {.id = static_cast<std::uint64_t>(ids_[row]),
            .text = {text_starts_[row], text_lengths_[row]},
            .sum = sums_[row]};
  }
  SqlValue key(std::size_t row) const {
    return key_ == KeyKind::text ? SqlValue(entry(row).text) : SqlValue(ids_[row]);
  }
  std::vector<SqlValue> values(std::size_t first, std::size_t rows) const {
    std::vector<SqlValue> values;
    values.reserve(rows * (2 + same_.size()));
    for (std::size_t row = first; row < first + rows; ++row) {
      values.push_back(key(row));
      values.emplace_back(SqlAmount{sums_[row]});
      values.insert(values.end(), same_.begin(), same_.end());
    }
    return values;
  }
  std::vector<MariadbArray> arrays() {
    std::vector<MariadbArray> columns;
    columns.push_back(key_ == KeyKind::text ? MariadbArray{.kind = MariadbArray::Kind::text,
                                                           .texts = text_starts_,
                                                           .lengths = text_lengths_}
                                            : MariadbArray{.numbers = ids_});
    columns.push_back(
        {.kind = MariadbArray::Kind::amount, .texts = amount_starts_, .lengths = amount_lengths_});
    repeated_.clear();
    for (const std::int64_t value : same_) {
      repeated_.emplace_back(count(), value);
    }
    for (const auto& repeated : repeated_) {
      columns.push_back({.numbers = repeated});
    }
    return columns;
  }

 private:
  static void point(std::string& bytes, const std::vector<unsigned long>& lengths,
                    std::vector<char*>& starts) {
    starts.clear();
    char* at = bytes.data();
    for (const unsigned long length : lengths) {
      starts.push_back(at);
      at += length;
    }
  }

  const KeyKind key_;
  const std::vector<std::int64_t> same_;
  std::vector<std::int64_t> ids_;
  std::string texts_;
  std::vector<unsigned long> text_lengths_;
  std::vector<char*> text_starts_;
  std::string amounts_;
  std::vector<unsigned long> amount_lengths_;
  std::vector<char*> amount_starts_;
  std::vector<Int128> sums_;
  std::vector<std::vector<std::int64_t>> repeated_;
};

class Upsert {
 public:
  Upsert(MariadbDatabase& db, Target target, KeyKind key, bool in_arrays)
      : db_(db),
        target_(std::move(target)),
        key_(key),
        in_arrays_(in_arrays),
        bytes_(std::min<std::size_t>(bytes_max, db.server().packet_bytes / 4)),
        rows_(key, target_.same) {}

  Result<void> add(const SumEntry& entry) {
    rows_.add(entry);
    return rows_.is_full(bytes_) ? write() : Result<void>();
  }

  Result<void> write() {
    if (rows_.count() == 0) {
      return {};
    }
    rows_.settle();
    auto written = in_arrays_ ? write_array() : write_statements();
    if (!written && written.error().kind == ErrorKind::invalid) {
      TRY(find_overflow());
    }
    rows_.clear();
    return written;
  }

 private:
  Result<void> write_array() {
    TRY_ASSIGN(auto statement, db_.connection().prepare(upsert_of(target_, 1, true), SqlRows::few));
    const auto columns = rows_.arrays();
    return statement->run_rows(columns, rows_.count());
  }

  Result<void> write_statements() {
    std::size_t first = 0;
    for (const std::size_t count : statement_rows) {
      for (; rows_.count() - first >= count; first += count) {
        TRY_ASSIGN(auto statement,
                   db_.connection().prepare(upsert_of(target_, count, db_.server().is_mariadb),
                                            SqlRows::few));
        const auto values = rows_.values(first, count);
        TRY(statement->run(SqlValues(values)));
      }
    }
    return {};
  }

  Result<Int128> stored(std::size_t row) {
    TRY_ASSIGN(auto statement, db_.connection().prepare(target_.stored, SqlRows::few));
    std::vector<SqlValue> values = {rows_.key(row)};
    values.insert(values.end(), target_.same.begin(), target_.same.end());
    TRY_ASSIGN(const bool found, statement->find(SqlValues(values)));
    return found ? statement->amount(0) : Int128{0};
  }

  // The statement was undone: what is stored is what was before it.
  Result<void> find_overflow() {
    TRY_ASSIGN(const Int128 max, mariadb_amount_max(db_, target_.name, target_.amount_name));
    for (std::size_t row = 0; row < rows_.count(); ++row) {
      TRY_ASSIGN(const Int128 before, stored(row));
      const Int128 added = rows_.sums()[row];
      Int128 after = 0;
      const bool wraps = __builtin_add_overflow(before, added, &after);
      if (wraps || after > max || after < -max) {
        return sum_does_not_fit(consumer_text(rows_.entry(row), key_), before, added);
      }
    }
    return {};  // something else of the user's table
  }

  MariadbDatabase& db_;
  const Target target_;
  const KeyKind key_;
  const bool in_arrays_;
  const std::size_t bytes_;
  Rows rows_;
};

Result<SqlAdded> add_all(MariadbDatabase& db, const Target& target, SumCursor& partial,
                         MariadbRows how) {
  const bool in_arrays = db.server().is_mariadb && how == MariadbRows::by_server;
  Upsert upsert(db, target, partial.key_kind(), in_arrays);
  if (partial.keys() > keys_before_turns) {
    TRY(db.take_turn(target.name));
  }
  TRY_ASSIGN(const SqlAdded added,
             add_each(partial, [&](const SumEntry& entry) { return upsert.add(entry); }));
  TRY(upsert.write());
  return added;
}

}  // namespace

Result<SqlAdded> add_to_mariadb_table(MariadbDatabase& db, const SqlLayout& layout,
                                      SumCursor& partial, MariadbRows rows) {
  return add_all(db, target_of(layout), partial, rows);
}

Result<SqlAdded> add_to_mariadb_table(MariadbDatabase& db, const SqlLayout& layout,
                                      SumCursor& partial) {
  return add_to_mariadb_table(db, layout, partial, MariadbRows::by_server);
}

Result<SqlAdded> add_to_mariadb_history(MariadbDatabase& db, const SqlLayout& layout,
                                        const SqlHistoryPlace& place, SumCursor& partial) {
  return add_all(db, target_of(layout.history, place), partial, MariadbRows::by_server);
}

}  // namespace weir
