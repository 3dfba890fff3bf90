// SPDX-License-Identifier: Apache-2.0
// MariaDB and MySQL as an engine.
#include <algorithm>
#include <utility>

#include "store/identifier.h"
#include "store/mariadb_database.h"
#include "store/mariadb_migrate.h"
#include "store/mariadb_table.h"
#include "store/mariadb_upsert.h"
#include "store/sql_engine.h"

namespace weir {
namespace {

MariadbDatabase& mariadb_of(SqlConnection& db) {
  return static_cast<MariadbDatabase&>(db);
}

class MariadbEngine final : public SqlEngine {
 public:
  const SqlWords& words() const override {
    static constexpr SqlWords all = {.name = "mariadb",
                                     .locked = " FOR UPDATE",
                                     .flow = "flow",
                                     .join = "STRAIGHT_JOIN",
                                     .by_release = "",
                                     .identity_key = "identity_key",
                                     .key_of = "UNHEX(SHA2(?, 256))",
                                     .if_new = "ON DUPLICATE KEY UPDATE sequence = sequence",
                                     .byte_order = "",  // the columns that are taken compare so
                                     .own_number = "",
                                     .insert_new = "INSERT IGNORE",
                                     .unless_there = "",
                                     .microseconds =
                                         "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', "
                                         "UTC_TIMESTAMP(6))",
                                     .wide_history = true,
                                     .folds_case = false,
                                     .compares_rows = false};
    return all;
  }

  Result<void> migrate(SqlConnection& db, int from) const override {
    return migrate_mariadb_tables(mariadb_of(db), from);
  }
  Result<bool> table_exists(SqlConnection& db, const std::string& table) const override {
    return mariadb_table_exists(mariadb_of(db), table);
  }
  Result<void> make_table(SqlConnection& db, const SqlLayout& layout) const override {
    return mariadb_of(db).define(create_mariadb_table(layout));
  }
  Result<void> check_table(SqlConnection& db, const SqlTarget& target) const override {
    return check_mariadb_table(mariadb_of(db), target);
  }
  Result<void> make_history(SqlConnection& db, const std::string& name,
                            KeyKind key) const override {
    return make_mariadb_history(mariadb_of(db), name, key);
  }
  std::string history_by_time(const SqlLayout& layout) const override {
    return quoted(layout.history) + " FORCE INDEX (by_time)";
  }
  Result<std::int64_t> last_number(SqlConnection& db, const std::string& table,
                                   const std::string& column) const override;
  Result<void> skip_numbers(SqlConnection& db, const std::string& table, const std::string& column,
                            std::int64_t number) const override;
  // InnoDB checks its pages whenever it reads them, and the books read all.
  Result<std::vector<std::string>> damage(SqlConnection& /*db*/) const override {
    return std::vector<std::string>();
  }
  Result<SqlAdded> add(SqlConnection& db, const SqlLayout& layout,
                       SumCursor& partial) const override {
    return add_to_mariadb_table(mariadb_of(db), layout, partial);
  }
  Result<SqlAdded> add_history(SqlConnection& db, const SqlLayout& layout,
                               const SqlHistoryPlace& place, SumCursor& partial) const override {
    return add_to_mariadb_history(mariadb_of(db), layout, place, partial);
  }
};

// MySQL may tell an old number in its catalogue; what is in the table it always knows.
Result<std::int64_t> MariadbEngine::last_number(SqlConnection& db, const std::string& table,
                                                const std::string& column) const {
  TRY_ASSIGN(auto given, db.prepare(R"(
      SELECT CAST(coalesce(max(auto_increment), 1) AS SIGNED) - 1 FROM information_schema.tables
      WHERE table_schema = database() AND table_name = ?)"));
  TRY_ASSIGN(const bool found, given.find({table}));
  const std::int64_t last = found ? given.integer(0) : 0;
  TRY_ASSIGN(const std::int64_t greatest,
             db.integer_of("SELECT coalesce(max(" + column + "), 0) FROM " + table));
  return std::max(last, greatest);
}

// ALTER TABLE would end the transaction. A row that has come and gone leaves its number used; what
// it lacks is filled in, with a warning, by IGNORE.
Result<void> MariadbEngine::skip_numbers(SqlConnection& db, const std::string& table,
                                         const std::string& column, std::int64_t number) const {
  TRY_ASSIGN(const std::int64_t last, last_number(db, table, column));
  if (number <= last) {
    return {};
  }
  TRY_ASSIGN(auto come, db.prepare("INSERT IGNORE INTO " + table + "(" + column + ") VALUES(?)"));
  TRY(come.run({number}));
  TRY_ASSIGN(auto go, db.prepare("DELETE FROM " + table + " WHERE " + column + " = ?"));
  return go.run({number});
}

}  // namespace

const SqlEngine& mariadb_engine() {
  static const MariadbEngine engine;
  return engine;
}

}  // namespace weir
