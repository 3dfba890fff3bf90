// SPDX-License-Identifier: Apache-2.0
// The user's own table: what it must be like to hold exact sums, and what to type where it is not.
// Without STRICT, SQLite would turn a sum that overflows into a rounded one, in silence.
#include <optional>
#include <utility>

#include "base/text.h"
#include "store/identifier.h"
#include "store/sql_table.h"
#include "store/sqlite_parts.h"

namespace weir {
namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& byte : result) {
    byte = byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
  }
  return result;
}

bool same_name(std::string_view a, std::string_view b) {  // as SQLite compares names
  return upper(a) == upper(b);
}

struct Column {
  std::string name;
  std::string type;  // in capitals
  bool not_null = false;
  bool in_key = false;
  bool has_default = false;
  bool generated = false;
};

Result<std::vector<Column>> columns_of(SqliteConnection& db, const std::string& table) {
  TRY_ASSIGN(auto rows, db.prepare(R"(SELECT name, type, "notnull", pk, dflt_value IS NOT NULL,
                                             hidden FROM pragma_table_xinfo(?))"));
  std::vector<Column> columns;
  TRY_ASSIGN(bool more, rows.find({table}));
  while (more) {
    columns.push_back({.name = std::string(rows.bytes(0)),
                       .type = upper(rows.bytes(1)),
                       .not_null = rows.integer(2) != 0 || rows.integer(3) != 0,
                       .in_key = rows.integer(3) != 0,
                       .has_default = rows.integer(4) != 0,
                       .generated = rows.integer(5) != 0});
    TRY_ASSIGN(more, rows.next());
  }
  return columns;
}

struct Shape {
  bool is_table = false;
  bool without_rowid = false;
  bool strict = false;
};

Result<std::optional<Shape>> shape_of(SqliteConnection& db, const std::string& table) {
  TRY_ASSIGN(auto row, db.prepare(R"(SELECT type, wr, strict FROM pragma_table_list
                                     WHERE schema = 'main' AND name = ? COLLATE NOCASE)"));
  TRY_ASSIGN(const bool found, row.find({table}));
  if (!found) {
    return std::optional<Shape>();
  }
  return std::optional(Shape{.is_table = row.bytes(0) == "table",
                             .without_rowid = row.integer(1) != 0,
                             .strict = row.integer(2) != 0});
}

// Whether each consumer is held once, byte by byte: by an index of that column alone, or as the
// number of the row itself, which needs no index (then the primary key has none).
Result<bool> is_unique(SqliteConnection& db, const std::string& table, const Column& consumer,
                       bool without_rowid) {
  TRY_ASSIGN(const std::string collation, db.collation_of(table, consumer.name));
  TRY_ASSIGN(auto row, db.prepare(R"(
      SELECT count(*) FILTER (
          WHERE l."unique" AND NOT l.partial
            AND (SELECT count(*) FROM pragma_index_xinfo(l.name) WHERE key) = 1
            AND EXISTS (SELECT 1 FROM pragma_index_xinfo(l.name)
                        WHERE key AND name = ?2 COLLATE NOCASE AND coll = 'BINARY')),
        count(*) FILTER (WHERE l.origin = 'pk')
      FROM pragma_index_list(?1) AS l)"));
  TRY_ASSIGN(const bool found, row.find({table, consumer.name}));
  const bool by_index = found && row.integer(0) > 0;
  const bool is_rowid = consumer.in_key && consumer.type == "INTEGER" && !without_rowid && found &&
                        row.integer(1) == 0;
  return (by_index || is_rowid) && collation == "BINARY";
}

bool is_integer(const std::string& type) {
  return type == "INTEGER" || type == "INT";
}

// What keeps the two columns from holding sums; empty: nothing.
std::string column_fault(const SqlTarget& target, const Column& consumer, const Column& amount) {
  const bool by_number = target.key == KeyKind::integer;
  if (by_number ? !is_integer(consumer.type) : consumer.type != "TEXT") {
    return "the type of " + quoted(consumer.name) + " must be " + (by_number ? "INTEGER" : "TEXT") +
           " and is " + escaped(consumer.type, 64);
  }
  if (!is_integer(amount.type)) {
    return "the type of " + quoted(amount.name) + " must be INTEGER and is " +
           escaped(amount.type, 64);
  }
  if (!consumer.not_null || !amount.not_null) {
    return quoted((consumer.not_null ? amount : consumer).name) + " may be NULL";
  }
  if (consumer.generated || amount.generated) {
    return quoted((consumer.generated ? consumer : amount).name) + " is generated";
  }
  return "";
}

std::string other_column_fault(const SqlTarget& target, const Shape& shape,
                               const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    const bool ours = same_name(column.name, target.settings.consumer_column) ||
                      same_name(column.name, target.settings.amount_column);
    const bool by_itself = column.generated || column.has_default || !column.not_null ||
                           (column.in_key && !shape.without_rowid && column.type == "INTEGER");
    if (!ours && !by_itself) {
      return "its column " + quoted(column.name) + " needs a value, and weir has none for it";
    }
  }
  return "";
}

Error refused(const SqlTarget& target, const std::string& why) {
  return cannot_hold_sums(
      target, why,
      "type in sqlite3: " + statements_to_type(target, create_sqlite_table(layout_of(target))));
}

}  // namespace

std::string create_sqlite_table(const SqlLayout& layout) {
  const bool by_number = layout.key == KeyKind::integer;
  return "CREATE TABLE " + layout.table + "(" + layout.consumer +
         (by_number ? " INTEGER" : " TEXT") + " PRIMARY KEY, " + layout.amount +
         " INTEGER NOT NULL) STRICT" + (by_number ? "" : ", WITHOUT ROWID");
}

Result<bool> sqlite_table_exists(SqliteConnection& db, const std::string& table) {
  TRY_ASSIGN(const auto shape, shape_of(db, table));
  return shape.has_value();
}

Result<void> check_sqlite_table(SqliteConnection& db, const SqlTarget& target) {
  const std::string& table = target.settings.table;
  TRY_ASSIGN(const auto shape, shape_of(db, table));
  if (!shape || !shape->is_table) {
    return is_no_table(target);
  }
  TRY_ASSIGN(const auto columns, columns_of(db, table));
  const Column* const consumer = find_column(columns, target.settings.consumer_column, same_name);
  const Column* const amount = find_column(columns, target.settings.amount_column, same_name);
  if (consumer == nullptr || amount == nullptr) {
    return lacks_columns(target, names_of(columns));
  }
  if (!shape->strict) {
    return refused(target, "it is not STRICT, so a sum that overflows would be rounded");
  }
  if (const auto why = column_fault(target, *consumer, *amount); !why.empty()) {
    return refused(target, why);
  }
  TRY_ASSIGN(const bool unique, is_unique(db, table, *consumer, shape->without_rowid));
  if (!unique) {
    return refused(target,
                   "nothing keeps each " + quoted(consumer->name) + " unique, byte by byte");
  }
  if (const auto why = other_column_fault(target, *shape, columns); !why.empty()) {
    return refused(target, why);
  }
  return {};
}

}  // namespace weir
