// SPDX-License-Identifier: Apache-2.0
// The user's own table: what it must be like to hold exact sums, and what to type where it is not.
// MariaDB adds to whatever row a unique index says is there already: so there must be one on the
// consumer, that compares byte by byte, and none that could find another row.
#include "store/mariadb_table.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "store/identifier.h"
#include "store/sql_parts.h"
#include "store/sql_table.h"

namespace weir {
namespace {

constexpr std::int64_t digits_max = 38;  // of what we add up in

struct Column {
  std::string name;
  std::string type;        // "decimal"
  std::string whole_type;  // "decimal(38,0)"
  bool nullable = false;
  bool has_default = false;  // other than NULL
  bool counts_itself = false;
  bool generated = false;
  std::string collation;
  std::int64_t digits = 0;
  std::int64_t decimals = 0;
};
using Columns = std::vector<Column>;

Result<Columns> columns_of(MariadbDatabase& db, const std::string& table) {
  TRY_ASSIGN(auto rows, db.prepare(R"(
      SELECT column_name, data_type, column_type, is_nullable = 'YES',
        column_default IS NOT NULL AND column_default <> 'NULL',
        extra LIKE '%auto_increment%',
        extra LIKE '%VIRTUAL GENERATED%' OR extra LIKE '%STORED GENERATED%',
        COALESCE(collation_name, ''), COALESCE(numeric_precision, 0), COALESCE(numeric_scale, 0)
      FROM information_schema.columns
      WHERE table_schema = DATABASE() AND BINARY table_name = ? ORDER BY ordinal_position)"));
  Columns columns;
  TRY_ASSIGN(bool more, rows.find({table}));
  while (more) {
    columns.push_back({.name = std::string(rows.bytes(0)),
                       .type = std::string(rows.bytes(1)),
                       .whole_type = std::string(rows.bytes(2)),
                       .nullable = rows.integer(3) != 0,
                       .has_default = rows.integer(4) != 0,
                       .counts_itself = rows.integer(5) != 0,
                       .generated = rows.integer(6) != 0,
                       .collation = std::string(rows.bytes(7)),
                       .digits = rows.integer(8),
                       .decimals = rows.integer(9)});
    TRY_ASSIGN(more, rows.next());
  }
  return columns;
}

struct Shape {
  bool is_table = false;
  std::string engine;
};

Result<std::optional<Shape>> shape_of(MariadbDatabase& db, const std::string& table) {
  TRY_ASSIGN(auto row, db.prepare(R"(
      SELECT table_type, COALESCE(engine, '') FROM information_schema.tables
      WHERE table_schema = DATABASE() AND BINARY table_name = ?)"));
  TRY_ASSIGN(const bool found, row.find({table}));
  if (!found) {
    return std::optional<Shape>();
  }
  return std::optional(
      Shape{.is_table = row.bytes(0) == "BASE TABLE", .engine = std::string(row.bytes(1))});
}

struct UniqueIndex {
  std::string name;
  std::vector<std::string> columns;
  bool whole = true;  // not of the first bytes alone
};

Result<std::vector<UniqueIndex>> unique_indexes_of(MariadbDatabase& db, const std::string& table) {
  TRY_ASSIGN(auto rows, db.prepare(R"(
      SELECT index_name, COALESCE(column_name, ''), sub_part IS NULL
      FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND BINARY table_name = ? AND non_unique = 0
      ORDER BY index_name, seq_in_index)"));
  std::vector<UniqueIndex> indexes;
  TRY_ASSIGN(bool more, rows.find({table}));
  while (more) {
    if (indexes.empty() || indexes.back().name != rows.bytes(0)) {
      indexes.push_back({.name = std::string(rows.bytes(0))});
    }
    UniqueIndex& index = indexes.back();
    index.columns.emplace_back(rows.bytes(1));
    index.whole = index.whole && rows.integer(2) != 0;
    TRY_ASSIGN(more, rows.next());
  }
  return indexes;
}

bool has(const UniqueIndex& index, const std::string& column) {
  return std::find(index.columns.begin(), index.columns.end(), column) != index.columns.end();
}

// A new row cannot be found there already: it has a number of its own, or NULL, in the index.
bool never_finds(const UniqueIndex& index, const Columns& columns) {
  return std::any_of(columns.begin(), columns.end(), [&](const Column& column) {
    const bool is_null = column.nullable && !column.has_default && !column.generated;
    return has(index, column.name) && (column.counts_itself || is_null);
  });
}

std::string index_fault(const std::vector<UniqueIndex>& indexes, const Columns& columns,
                        const std::string& consumer) {
  bool found = false;
  for (const UniqueIndex& index : indexes) {
    if (has(index, consumer)) {
      found = found || (index.columns.size() == 1 && index.whole);
      if (!index.whole) {
        return "the index " + quoted(index.name) + " looks at the first bytes of " +
               quoted(consumer) + " alone";
      }
    } else if (!never_finds(index, columns)) {
      return "its unique index " + quoted(index.name) + " could join rows of several consumers";
    }
  }
  return found ? "" : "nothing keeps each " + quoted(consumer) + " unique";
}

// "A" and "a" must be two, and "a" and "a ".
bool compares_bytes(const Column& column) {
  return column.type == "varbinary" || column.collation == "utf8mb4_nopad_bin" ||
         column.collation == "utf8mb4_0900_bin";
}

std::string consumer_fault(const SqlTarget& target, const Column& consumer) {
  const std::string is = " and is " + escaped(consumer.whole_type, 64);
  if (target.key == KeyKind::integer) {
    return consumer.whole_type.starts_with("bigint") &&
                   consumer.whole_type.find("unsigned") == std::string::npos
               ? ""
               : "the type of " + quoted(consumer.name) + " must be BIGINT" + is;
  }
  if (consumer.type != "varbinary" && consumer.type != "varchar") {
    return "the type of " + quoted(consumer.name) + " must be VARBINARY or VARCHAR" + is;
  }
  return compares_bytes(consumer)
             ? ""
             : quoted(consumer.name) + " has the collation " + escaped(consumer.collation, 64) +
                   ", by which different consumers are the same";
}

std::string amount_fault(const Column& amount) {
  const bool is_signed = amount.whole_type.find("unsigned") == std::string::npos;
  const bool is_decimal =
      amount.type == "decimal" && amount.decimals == 0 && amount.digits <= digits_max;
  if (!is_signed || (amount.type != "bigint" && !is_decimal)) {
    return "the type of " + quoted(amount.name) +
           " must be BIGINT, or DECIMAL of up to 38 digits and none behind the point, and is " +
           escaped(amount.whole_type, 64);
  }
  return "";
}

std::string column_fault(const SqlTarget& target, const Columns& columns, const Column& consumer,
                         const Column& amount) {
  if (auto why = consumer_fault(target, consumer); !why.empty()) {
    return why;
  }
  if (auto why = amount_fault(amount); !why.empty()) {
    return why;
  }
  for (const Column& column : columns) {
    const bool ours = &column == &consumer || &column == &amount;
    if (ours && (column.nullable || column.generated)) {
      return quoted(column.name) + (column.nullable ? " may be NULL" : " is generated");
    }
    const bool by_itself =
        column.nullable || column.has_default || column.generated || column.counts_itself;
    if (!ours && !by_itself) {
      return "its column " + quoted(column.name) + " needs a value, and weir has none for it";
    }
  }
  return "";
}

// As the client takes it, whatever its sql_mode.
std::string ticked(std::string_view identifier) {
  return "`" + std::string(identifier) + "`";
}

// A table in its place that can hold the sums, with its values.
std::string statements_for_client(const SqlTarget& target) {
  const StoreSettings& settings = target.settings;
  const std::string before = ticked(settings.table + "_before");
  const std::string consumer = ticked(settings.consumer_column);
  const std::string key = target.key == KeyKind::text
                              ? "CAST(CONVERT(" + consumer + " USING utf8mb4) AS BINARY)"
                              : consumer;
  SqlLayout layout = layout_of(target);
  layout.table = ticked(settings.table);
  layout.consumer = consumer;
  layout.amount = ticked(settings.amount_column);
  return "RENAME TABLE " + layout.table + " TO " + before + "; " + create_mariadb_table(layout) +
         "; INSERT INTO " + layout.table + " SELECT " + key + ", SUM(" + layout.amount + ") FROM " +
         before + " WHERE " + consumer + " IS NOT NULL GROUP BY 1;";
}

Error refused(const SqlTarget& target, const std::string& why) {
  return cannot_hold_sums(target, why, "type: " + statements_for_client(target));
}

// Where the server keeps names of tables in small letters, those are what is compared.
Result<void> check_name(const MariadbServer& server, const std::string& table) {
  const bool has_capitals =
      std::any_of(table.begin(), table.end(), [](char byte) { return byte >= 'A' && byte <= 'Z'; });
  if (server.folds_names && has_capitals) {
    return Error{ErrorKind::invalid,
                 "the server keeps names of tables in small letters "
                 "(lower_case_table_names): write store.table so"};
  }
  return {};
}

}  // namespace

std::string create_mariadb_table(const SqlLayout& layout) {
  return "CREATE TABLE " + layout.table + "(" + layout.consumer +
         (layout.key == KeyKind::text ? " VARBINARY(1024)" : " BIGINT") +
         " NOT NULL PRIMARY KEY, " + layout.amount + " DECIMAL(38,0) NOT NULL) ENGINE=InnoDB";
}

Result<bool> mariadb_table_exists(MariadbDatabase& db, const std::string& table) {
  TRY_ASSIGN(const auto shape, shape_of(db, table));
  return shape.has_value();
}

Result<void> check_mariadb_table(MariadbDatabase& db, const SqlTarget& target) {
  const std::string& table = target.settings.table;
  TRY(check_name(db.server(), table));
  TRY_ASSIGN(const auto shape, shape_of(db, table));
  if (!shape || !shape->is_table) {
    return is_no_table(target);
  }
  TRY_ASSIGN(const Columns columns, columns_of(db, table));
  // Names of columns compare without case there; ours are written as they are set.
  const Column* const consumer = find_column(columns, target.settings.consumer_column);
  const Column* const amount = find_column(columns, target.settings.amount_column);
  if (consumer == nullptr || amount == nullptr) {
    return lacks_columns(target, names_of(columns));
  }
  if (shape->engine != "InnoDB") {
    return refused(target, "its engine is " + escaped(shape->engine, 64) +
                               ", so that a commit could count half");
  }
  if (const auto why = column_fault(target, columns, *consumer, *amount); !why.empty()) {
    return refused(target, why);
  }
  TRY_ASSIGN(const auto indexes, unique_indexes_of(db, table));
  if (const auto why = index_fault(indexes, columns, consumer->name); !why.empty()) {
    return refused(target, why);
  }
  return {};
}

Result<Int128> mariadb_amount_max(MariadbDatabase& db, const std::string& table,
                                  const std::string& column) {
  TRY_ASSIGN(const Columns columns, columns_of(db, table));
  const Column* const found = find_column(columns, column);
  if (found == nullptr || found->type != "decimal") {
    return Int128{INT64_MAX};
  }
  Int128 max = 0;
  for (std::int64_t digit = 0; digit < std::min(found->digits, digits_max); ++digit) {
    max = max * 10 + 9;
  }
  return max;
}

}  // namespace weir
