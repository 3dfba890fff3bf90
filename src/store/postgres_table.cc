// SPDX-License-Identifier: Apache-2.0
// The user's own table on PostgreSQL: what it must be like to hold exact sums, and what to type
// where it is not.
#include <charconv>

#include "base/text.h"
#include "store/identifier.h"
#include "store/postgres_parts.h"
#include "store/sql_parts.h"
#include "store/sql_table.h"

namespace weir {
namespace {

// Of a numeric column: sums beyond 38 digits are refused by the column, before they are lost.
constexpr int digits_max = 38;

struct Column {
  std::string name;
  std::string type;  // as format_type writes it: "numeric(38,0)"
  bool not_null = false;
  bool by_itself = false;  // generated, an identity, or with a default
  bool generated = false;
  bool deterministic = true;  // its collation tells different bytes apart
};

// Of the table that the search path finds; empty: there is none.
Result<std::vector<Column>> columns_of(SqlConnection& db, const std::string& table) {
  TRY_ASSIGN(auto rows, db.prepare(R"(
      SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::int,
        (a.atthasdef OR a.attidentity <> '')::int,
        (a.attgenerated <> '' OR a.attidentity = 'a')::int,
        coalesce(c.collisdeterministic, true)::int
      FROM pg_attribute AS a LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
      WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY a.attnum)"));
  std::vector<Column> columns;
  TRY_ASSIGN(bool more, rows.find({quoted(table)}));
  while (more) {
    columns.push_back({.name = std::string(rows.bytes(0)),
                       .type = std::string(rows.bytes(1)),
                       .not_null = rows.integer(2) != 0,
                       .by_itself = rows.integer(3) != 0,
                       .generated = rows.integer(4) != 0,
                       .deterministic = rows.integer(5) != 0});
    TRY_ASSIGN(more, rows.next());
  }
  return columns;
}

// A unique index of that column alone, over all rows, checked at once.
Result<bool> is_unique(SqlConnection& db, const std::string& table, const Column& consumer) {
  TRY_ASSIGN(auto row, db.prepare(R"(
      SELECT count(*) FROM pg_index AS i JOIN pg_attribute AS a
        ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indrelid = to_regclass(?) AND i.indisunique AND i.indisvalid AND i.indimmediate
        AND i.indnkeyatts = 1 AND i.indpred IS NULL AND i.indexprs IS NULL AND a.attname = ?)"));
  TRY_ASSIGN(const bool found, row.find({quoted(table), consumer.name}));
  return found && row.integer(0) > 0;
}

// "numeric(20,0)"
bool is_whole_numeric(const std::string& type) {
  constexpr std::string_view begin = "numeric(";
  if (!type.starts_with(begin) || !type.ends_with(",0)")) {
    return false;
  }
  int digits = 0;
  std::from_chars(type.data() + begin.size(), type.data() + type.size(), digits);
  return digits > 0 && digits <= digits_max;
}

std::string column_fault(const SqlTarget& target, const Column& consumer, const Column& amount) {
  const bool by_number = target.key == KeyKind::integer;
  const bool is_text = consumer.type == "text" || consumer.type.starts_with("character varying");
  if (by_number ? consumer.type != "bigint" : !is_text) {
    return "the type of " + quoted(consumer.name) + " must be " + (by_number ? "bigint" : "text") +
           " and is " + escaped(consumer.type, 64);
  }
  if (amount.type != "bigint" && !is_whole_numeric(amount.type)) {
    return "the type of " + quoted(amount.name) +
           " must be bigint, or numeric(n,0) of at most 38 digits, and is " +
           escaped(amount.type, 64);
  }
  if (!consumer.not_null || !amount.not_null) {
    return quoted((consumer.not_null ? amount : consumer).name) + " may be NULL";
  }
  if (consumer.generated || amount.generated) {
    return quoted((consumer.generated ? consumer : amount).name) + " is generated";
  }
  if (!consumer.deterministic) {
    return "the collation of " + quoted(consumer.name) + " takes different keys for the same";
  }
  return "";
}

std::string other_column_fault(const SqlTarget& target, const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    const bool ours = column.name == target.settings.consumer_column ||
                      column.name == target.settings.amount_column;
    if (!ours && column.not_null && !column.by_itself) {
      return "its column " + quoted(column.name) + " needs a value, and weir has none for it";
    }
  }
  return "";
}

Error refused(const SqlTarget& target, const std::string& why) {
  return cannot_hold_sums(
      target, why,
      "type in psql: " + statements_to_type(target, create_postgres_table(layout_of(target))));
}

}  // namespace

std::string create_postgres_table(const SqlLayout& layout) {
  const bool by_number = layout.key == KeyKind::integer;
  return "CREATE TABLE " + layout.table + "(" + layout.consumer +
         (by_number ? " bigint" : " text COLLATE \"C\"") + " PRIMARY KEY, " + layout.amount +
         " numeric(38,0) NOT NULL)";
}

Result<bool> postgres_table_exists(SqlConnection& db, const std::string& table) {
  TRY_ASSIGN(auto row, db.prepare("SELECT (to_regclass(?) IS NOT NULL)::int"));
  TRY_ASSIGN(const bool found, row.find({quoted(table)}));
  return found && row.integer(0) != 0;
}

Result<void> check_postgres_table(SqlConnection& db, const SqlTarget& target) {
  const std::string& table = target.settings.table;
  TRY_ASSIGN(auto row, db.prepare("SELECT relkind IN ('r', 'p') AND relpersistence = 'p' "
                                  "FROM pg_class WHERE oid = to_regclass(?)"));
  TRY_ASSIGN(const bool found, row.find({quoted(table)}));
  if (!found || row.bytes(0) != "t") {
    return Error{ErrorKind::invalid,
                 quoted(table) + " in " + target.place +
                     " is no logged table of its own: name another with store.table"};
  }
  TRY_ASSIGN(const auto columns, columns_of(db, table));
  const Column* const consumer = find_column(columns, target.settings.consumer_column);
  const Column* const amount = find_column(columns, target.settings.amount_column);
  if (consumer == nullptr || amount == nullptr) {
    return lacks_columns(target, names_of(columns));
  }
  if (const auto why = column_fault(target, *consumer, *amount); !why.empty()) {
    return refused(target, why);
  }
  TRY_ASSIGN(const bool unique, is_unique(db, table, *consumer));
  if (!unique) {
    return refused(target, "nothing keeps each " + quoted(consumer->name) + " unique");
  }
  if (const auto why = other_column_fault(target, columns); !why.empty()) {
    return refused(target, why);
  }
  return {};
}

}  // namespace weir
