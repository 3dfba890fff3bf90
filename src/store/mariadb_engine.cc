// SPDX-License-Identifier: Apache-2.0
// MariaDB and MySQL as an engine.
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
                                     .same_identity = "identity_key = UNHEX(SHA2(?, 256))",
                                     .if_new = "ON DUPLICATE KEY UPDATE sequence = sequence",
                                     .byte_order = "",  // the columns that are taken compare so
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

}  // namespace

const SqlEngine& mariadb_engine() {
  static const MariadbEngine engine;
  return engine;
}

}  // namespace weir
