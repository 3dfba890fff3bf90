// SPDX-License-Identifier: Apache-2.0
// How sums are added on PostgreSQL.
//
//   up to copy_above_rows   beside others of the kind, rows ascending by key:
//                           INSERT … SELECT FROM unnest($1, $2) … ON CONFLICT DO UPDATE
//   more                    alone: COPY into a temporary table, one MERGE
//
// So writers never deadlock. MERGE takes rows in the order of its join, which is none: beside small
// commits it deadlocked, and eight writers of both kinds took 113 s instead of 7.
//
// Measured, a million sums that are all there already, seconds: MERGE 3.4, INSERT from the same
// temporary table 4.2, unnest by 10,000 4.9; of ten thousand: unnest 0.13, MERGE 0.37 with the
// temporary table analysed (0.1 s for a million): the server then reads the whole table of totals,
// where it goes by the index if it knows no more than how large the temporary one is. Four writers
// at once are slower than one (156 to 262 thousand keys a second), and MERGE beside other writers
// starts over for each row that they change: so large partials wait for their turn, by a lock that
// ends with the transaction, and that small ones share. Who has it does not matter to the sums.
//
// A sum that does not fit fails the statement, and with it the transaction. Then the consumer is
// looked for in another one, which the caller rolls back.
#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "base/check.h"
#include "store/identifier.h"
#include "store/postgres_binary.h"
#include "store/postgres_error.h"
#include "store/postgres_parts.h"
#include "store/rules.h"

namespace weir {
namespace {

constexpr std::size_t rows_per_array = 10'000;
constexpr std::size_t rows_per_copy = 100'000;  // each is to be answered within reply_wait

// Where sums go. Rows of one call differ in consumer and amount; of history, `place` is the same.
struct Target {
  std::string table;  // quoted, as all names here
  std::string consumer;
  std::string amount;
  KeyKind key = KeyKind::integer;
  int digits = 0;  // of a numeric column; 0: it is a bigint
  bool is_history = false;
  SqlHistoryPlace place = {};

  std::string key_type() const { return key == KeyKind::text ? "text" : "bigint"; }
  std::string sum_type() const { return digits == 0 ? "bigint" : "numeric"; }
};

// One beyond what fits, as a number.
std::string limit_of(const Target& target) {
  return target.digits == 0 ? "9223372036854775808"
                            : "1" + std::string(static_cast<std::size_t>(target.digits), '0');
}

struct Row {
  std::int64_t id = 0;
  std::string text;
  Int128 sum = 0;
};

// Rows of the partial, so many at a time. What a cursor hands out is borrowed, hence the copies.
class Portions {
 public:
  Portions(SumCursor& partial, std::size_t rows_max) : partial_(partial), rows_max_(rows_max) {}

  // Empty: the end.
  Result<std::span<const Row>> next() {
    rows_.clear();
    while (rows_.size() < rows_max_) {
      if (entries_.empty()) {
        TRY_ASSIGN(entries_, partial_.next());
        if (entries_.empty()) {
          break;
        }
      }
      const std::size_t taken = std::min(rows_max_ - rows_.size(), entries_.size());
      for (const SumEntry& entry : entries_.first(taken)) {
        rows_.push_back({.id = static_cast<std::int64_t>(entry.id),
                         .text = std::string(entry.text),
                         .sum = entry.sum});
        added_.control.add(entry);
      }
      added_.keys += taken;
      entries_ = entries_.subspan(taken);
    }
    return std::span<const Row>(rows_);
  }
  const SqlAdded& added() const { return added_; }  // read so far

 private:
  SumCursor& partial_;
  const std::size_t rows_max_;
  std::span<const SumEntry> entries_;
  std::vector<Row> rows_;
  SqlAdded added_;
};

bool fits(const Target& target, const Row& row) {
  return target.digits != 0 || fits_int64(row.sum);
}

void append_key(std::string& out, const Target& target, const Row& row) {
  if (target.key == KeyKind::text) {
    append_text(out, row.text);
  } else {
    append_bigint(out, row.id);
  }
}

// ---- arrays

struct Arrays {
  std::string keys;
  std::string sums;
};

Arrays arrays_of(const Target& target, std::span<const Row> rows, bool wide) {
  Arrays arrays;
  append_array_header(arrays.keys, target.key == KeyKind::text ? text_oid : bigint_oid,
                      rows.size());
  append_array_header(arrays.sums, wide ? numeric_oid : bigint_oid, rows.size());
  for (const Row& row : rows) {
    append_key(arrays.keys, target, row);
    if (wide) {
      append_numeric(arrays.sums, row.sum);
    } else {
      append_bigint(arrays.sums, static_cast<std::int64_t>(row.sum));
    }
  }
  return arrays;
}

// The parameters behind the two arrays, where they go into history.
struct PlaceTexts {
  explicit PlaceTexts(const SqlHistoryPlace& place)
      : at(std::to_string(place.at)),
        file(std::to_string(place.file)),
        period(name(place.period)) {}
  std::string at;
  std::string file;
  std::string period;
};

// From `source`, which has the columns consumer and amount; the place is in $first and so on.
std::string insert_from(const Target& target, const std::string& source, int first) {
  const auto number = [first](int offset) { return "$" + std::to_string(first + offset); };
  std::string columns = target.consumer + ", " + target.amount;
  std::string values = "d.consumer, d.amount";
  std::string conflict = target.consumer;
  if (target.is_history) {
    columns += ", at, file, period";
    values += ", " + number(0) + "::bigint, " + number(1) + "::bigint, " + number(2) + "::text";
    conflict += ", at, file, period";
  }
  return "INSERT INTO " + target.table + " AS t(" + columns + ") SELECT " + values + " FROM " +
         source + " ON CONFLICT (" + conflict + ") DO UPDATE SET " + target.amount + " = t." +
         target.amount + " + excluded." + target.amount;
}

std::string unnested(const Target& target, const std::string& sum_type) {
  return "unnest($1::" + target.key_type() + "[], $2::" + sum_type + "[]) AS d(consumer, amount)";
}

class Adding {
 public:
  Adding(PostgresConnection& db, Target target, SumCursor& partial)
      : db_(db), target_(std::move(target)), partial_(partial), place_(target_.place) {}

  Result<SqlAdded> run();

 private:
  Result<SqlAdded> add_all();
  Result<void> add_rows(std::span<const Row> rows);
  enum class Turn { alone, with_others };
  Result<void> take_turn(Turn turn);
  Result<void> make_room();
  Result<void> copy(std::span<const Row> rows);
  Result<void> end_copy();
  Result<void> merge();
  Result<void> find_overflow();
  Result<void> look_for_overflow(std::span<const Row> rows);
  std::vector<PostgresParameter> with_place(std::vector<PostgresParameter> parameters) const;

  PostgresConnection& db_;
  const Target target_;
  SumCursor& partial_;
  const PlaceTexts place_;
  std::size_t copied_ = 0;  // by the COPY that is open
  bool too_large_ = false;  // by itself, without what is stored
};

std::vector<PostgresParameter> Adding::with_place(std::vector<PostgresParameter> parameters) const {
  if (target_.is_history) {
    parameters.push_back({.bytes = place_.at});
    parameters.push_back({.bytes = place_.file});
    parameters.push_back({.bytes = place_.period});
  }
  return parameters;
}

Result<void> Adding::take_turn(Turn turn) {
  const std::string shared = turn == Turn::with_others ? "_shared" : "";
  TRY(db_.ask("SELECT pg_advisory_xact_lock" + shared + "(1466263923, hashtext($1))",
              std::vector<PostgresParameter>{{.bytes = target_.table}},
              PostgresConnection::Plan::kept));
  return {};
}

Result<void> Adding::add_rows(std::span<const Row> rows) {
  const Arrays arrays = arrays_of(target_, rows, target_.digits != 0);
  TRY(db_.ask(
      insert_from(target_, unnested(target_, target_.sum_type()), 3),
      with_place({{.bytes = arrays.keys, .binary = true}, {.bytes = arrays.sums, .binary = true}}),
      PostgresConnection::Plan::kept));
  return {};
}

// ---- COPY

std::string temporary_table(const Target& target) {
  return "weir_partial_" + target.key_type() + "_" + target.sum_type();
}

Result<void> Adding::make_room() {
  const std::string table = temporary_table(target_);
  TRY(db_.execute("CREATE TEMPORARY TABLE IF NOT EXISTS " + table + "(consumer " +
                  target_.key_type() + (target_.key == KeyKind::text ? " COLLATE \"C\"" : "") +
                  " NOT NULL, amount " + target_.sum_type() + " NOT NULL) ON COMMIT DELETE ROWS"));
  return db_.execute("TRUNCATE " + table);
}

Result<void> Adding::copy(std::span<const Row> rows) {
  std::string bytes;
  if (copied_ == 0) {
    TRY(db_.begin_copy("COPY " + temporary_table(target_) + " FROM STDIN (FORMAT binary)"));
    append_copy_header(bytes);
  }
  for (const Row& row : rows) {
    append_int16(bytes, 2);  // columns
    append_key(bytes, target_, row);
    if (target_.digits != 0) {
      append_numeric(bytes, row.sum);
    } else {
      append_bigint(bytes, static_cast<std::int64_t>(row.sum));
    }
  }
  TRY(db_.put_copy(bytes));
  copied_ += rows.size();
  return copied_ >= rows_per_copy ? end_copy() : Result<void>();
}

Result<void> Adding::end_copy() {
  if (std::exchange(copied_, 0) == 0) {
    return {};
  }
  std::string bytes;
  append_copy_trailer(bytes);
  TRY(db_.put_copy(bytes));
  return db_.end_copy();
}

// Into history rows are new, as a rule: there INSERT is as good.
Result<void> Adding::merge() {
  TRY(end_copy());
  const std::string table = temporary_table(target_);
  if (target_.is_history) {
    TRY(db_.ask(insert_from(target_, table + " AS d ORDER BY d.consumer", 1), with_place({}),
                PostgresConnection::Plan::kept));
    return {};
  }
  return db_.execute("MERGE INTO " + target_.table + " AS t USING " + table + " AS d ON t." +
                     target_.consumer + " = d.consumer WHEN MATCHED THEN UPDATE SET " +
                     target_.amount + " = t." + target_.amount +
                     " + d.amount WHEN NOT MATCHED THEN INSERT (" + target_.consumer + ", " +
                     target_.amount + ") VALUES (d.consumer, d.amount)");
}

// ---- all of it

Result<SqlAdded> Adding::add_all() {
  TRY(partial_.rewind());
  Portions portions(partial_, rows_per_array);
  std::vector<Row> held;  // until it is known whether they are few
  const std::uint64_t few = db_.options().copy_above_rows;
  bool copies = false;
  const auto check = [this](std::span<const Row> rows) {
    too_large_ = !std::all_of(rows.begin(), rows.end(),
                              [this](const Row& row) { return fits(target_, row); });
    return !too_large_;
  };
  for (;;) {
    TRY_ASSIGN(const auto rows, portions.next());
    if (!check(rows)) {
      return Error{ErrorKind::invalid, ""};
    }
    held.insert(held.end(), rows.begin(), rows.end());
    const bool over = rows.empty();
    if (!copies && held.size() > few) {
      copies = true;
      TRY(take_turn(Turn::alone));
      TRY(make_room());
    }
    if (copies && !held.empty()) {
      TRY(copy(held));
      held.clear();
    }
    if (over) {
      break;
    }
  }
  if (copies) {
    TRY(merge());
  } else {
    TRY(take_turn(Turn::with_others));
    for (std::span<const Row> left = held; !left.empty();) {
      const auto part = left.first(std::min(left.size(), rows_per_array));
      TRY(add_rows(part));
      left = left.subspan(part.size());
    }
  }
  return portions.added();
}

Result<SqlAdded> Adding::run() {
  auto added = add_all();
  if (!added && (too_large_ || db_.sqlstate() == sqlstate_out_of_range)) {
    TRY(find_overflow());
  }
  return added;
}

Result<void> Adding::find_overflow() {
  db_.roll_back();
  TRY(db_.begin(SqlConnection::Kind::read));
  TRY(partial_.rewind());
  Portions portions(partial_, rows_per_array);
  for (;;) {
    TRY_ASSIGN(const auto rows, portions.next());
    if (rows.empty()) {
      return {};  // changed meanwhile, or something else of the user's table
    }
    TRY(look_for_overflow(rows));
  }
}

Result<void> Adding::look_for_overflow(std::span<const Row> rows) {
  const Arrays arrays = arrays_of(target_, rows, true);
  std::string join = "t." + target_.consumer + " = d.consumer";
  if (target_.is_history) {
    join += " AND t.at = $3::bigint AND t.file = $4::bigint AND t.period = $5::text";
  }
  const std::string limit = limit_of(target_);
  const std::string sum = "coalesce(t." + target_.amount + ", 0)::numeric + d.amount";
  TRY_ASSIGN(const auto found,
             db_.ask("SELECT d.consumer, coalesce(t." + target_.amount + ", 0), d.amount FROM " +
                         unnested(target_, "numeric") + " LEFT JOIN " + target_.table +
                         " AS t ON " + join + " WHERE " + sum + " >= " + limit + " OR " + sum +
                         (target_.digits == 0 ? " < -" : " <= -") + limit + " LIMIT 1",
                     with_place({{.bytes = arrays.keys, .binary = true},
                                 {.bytes = arrays.sums, .binary = true}}),
                     PostgresConnection::Plan::once));
  if (found.rows() == 0) {
    return {};
  }
  const auto stored = int128_from_text(found.bytes(0, 1));
  const auto more = int128_from_text(found.bytes(0, 2));
  CHECK(stored && more);
  return sum_does_not_fit(found.bytes(0, 0), *stored, *more);
}

// Of the column of sums: 0 is a bigint.
Result<int> digits_of(PostgresConnection& db, const SqlLayout& layout) {
  TRY_ASSIGN(auto row, db.prepare(R"(
      SELECT CASE WHEN a.atttypid = 1700 THEN ((a.atttypmod - 4) >> 16) & 65535 ELSE 0 END
      FROM pg_attribute AS a
      WHERE a.attrelid = to_regclass(?) AND quote_ident(a.attname) IN (?, ?))"));
  const std::string bare = layout.amount.substr(1, layout.amount.size() - 2);
  TRY_ASSIGN(const bool found, row.find({layout.table, layout.amount, bare}));
  if (!found) {
    return Error{ErrorKind::corrupt,
                 "the table " + layout.table + " is gone, or its column " + layout.amount};
  }
  return static_cast<int>(row.integer(0));
}

constexpr int history_digits = 38;

}  // namespace

Result<SqlAdded> add_to_postgres(PostgresConnection& db, const SqlLayout& layout,
                                 SumCursor& partial) {
  TRY_ASSIGN(const int digits, digits_of(db, layout));
  return Adding(db,
                {.table = layout.table,
                 .consumer = layout.consumer,
                 .amount = layout.amount,
                 .key = layout.key,
                 .digits = digits},
                partial)
      .run();
}

Result<SqlAdded> add_to_postgres_history(PostgresConnection& db, const SqlLayout& layout,
                                         const SqlHistoryPlace& place, SumCursor& partial) {
  return Adding(db,
                {.table = quoted(layout.history),
                 .consumer = "consumer",
                 .amount = "amount",
                 .key = layout.key,
                 .digits = history_digits,
                 .is_history = true,
                 .place = place},
                partial)
      .run();
}

}  // namespace weir
