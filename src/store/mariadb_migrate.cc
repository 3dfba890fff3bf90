// SPDX-License-Identifier: Apache-2.0
// In MariaDB making a table commits. So each is made where it is not there, and weir_meta, which
// says that all are, comes last: filled under another name, and then renamed.
//
// Words and names are text that compares byte by byte and does not lose spaces at its end; 128-bit
// numbers are text as elsewhere; what a file is known by may be longer than an index takes, so that
// its SHA-256 stands for it.
#include "store/mariadb_migrate.h"

#include <array>

#include "base/check.h"
#include "base/text.h"
#include "store/identifier.h"
#include "store/store.h"

namespace weir {
namespace {

constexpr std::array tables = {
    R"(weir_table(
         name VARCHAR(64) NOT NULL PRIMARY KEY, consumer_column VARCHAR(64) NOT NULL,
         amount_column VARCHAR(64) NOT NULL, "key" VARCHAR(16) NOT NULL,
         base_amount VARCHAR(48) NOT NULL, base_keyed CHAR(32) NOT NULL,
         entered_at BIGINT NOT NULL, history VARCHAR(64) NOT NULL DEFAULT '',
         forgotten_files BIGINT NOT NULL DEFAULT 0, forgotten_units BIGINT NOT NULL DEFAULT 0,
         forgotten_amount VARCHAR(48) NOT NULL DEFAULT '0',
         forgotten_history VARCHAR(48) NOT NULL DEFAULT '0'))",
    R"(weir_flow(
         name VARCHAR(255) NOT NULL PRIMARY KEY, table_name VARCHAR(64) NOT NULL))",
    R"(weir_file(
         sequence BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, flow VARCHAR(255) NOT NULL,
         identity LONGBLOB NOT NULL,
         identity_key BINARY(32) AS (UNHEX(SHA2(identity, 256))) STORED,
         path LONGBLOB NOT NULL, size BIGINT NOT NULL, inode BIGINT NOT NULL,
         modified BIGINT NOT NULL, tag LONGBLOB NOT NULL, unit_bytes BIGINT NOT NULL,
         compression VARCHAR(32) NOT NULL, format MEDIUMTEXT NOT NULL, epoch INTEGER NOT NULL,
         state VARCHAR(16) NOT NULL, reason LONGTEXT NOT NULL, accepted_at BIGINT NOT NULL,
         finished_at BIGINT NOT NULL, units BIGINT NOT NULL, units_done BIGINT NOT NULL,
         good BIGINT NOT NULL, rejected BIGINT NOT NULL, blank BIGINT NOT NULL,
         sum VARCHAR(48) NOT NULL, digest CHAR(32) NOT NULL, final_newline INTEGER NOT NULL,
         "release" VARCHAR(16) NOT NULL DEFAULT 'kept',
         release_target LONGBLOB NOT NULL DEFAULT (''), released_at BIGINT NOT NULL DEFAULT 0,
         history INTEGER NOT NULL DEFAULT 0, rolled_up INTEGER NOT NULL DEFAULT 0,
         replaces BIGINT NOT NULL DEFAULT 0,
         UNIQUE KEY weir_file_identity (flow, identity_key),
         KEY weir_file_state (flow, state), KEY weir_file_release (flow, state, "release"),
         KEY weir_file_digest (digest, size), KEY weir_file_replaces (replaces)))",
    R"(weir_unit(
         file BIGINT NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL,
         shard INTEGER NOT NULL, begin_byte BIGINT NOT NULL, end_byte BIGINT NOT NULL,
         state VARCHAR(16) NOT NULL, good BIGINT NOT NULL, rejected BIGINT NOT NULL,
         blank BIGINT NOT NULL, sum VARCHAR(48) NOT NULL, digest CHAR(32) NOT NULL,
         done_at BIGINT NOT NULL, PRIMARY KEY (file, epoch, number, shard)))",
    R"(weir_batch(
         number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, table_name VARCHAR(64) NOT NULL,
         at BIGINT NOT NULL, commits BIGINT NOT NULL, units BIGINT NOT NULL, "keys" BIGINT NOT NULL,
         amount VARCHAR(48) NOT NULL, keyed CHAR(32) NOT NULL,
         KEY weir_batch_table (table_name)))",
    R"(weir_reject(
         file BIGINT NOT NULL, unit INTEGER NOT NULL, line_in_unit BIGINT NOT NULL,
         byte_offset BIGINT NOT NULL, reason VARCHAR(64) NOT NULL, text MEDIUMTEXT NOT NULL,
         line BIGINT, PRIMARY KEY (file, unit, line_in_unit)))",
    // A consumer of either kind, as text.
    R"(weir_rolling(
         table_name VARCHAR(64) NOT NULL, period VARCHAR(16) NOT NULL, since BIGINT NOT NULL,
         walking INTEGER NOT NULL, cutoff BIGINT NOT NULL, until BIGINT NOT NULL,
         at BIGINT NOT NULL, file BIGINT NOT NULL, consumer VARBINARY(1024) NOT NULL,
         row_period VARCHAR(16) NOT NULL, PRIMARY KEY (table_name, period)))",
    R"(weir_correction(
         number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, at BIGINT NOT NULL,
         flow VARCHAR(255) NOT NULL, action VARCHAR(16) NOT NULL, file BIGINT NOT NULL,
         path LONGBLOB NOT NULL, why LONGTEXT NOT NULL, "keys" BIGINT NOT NULL,
         amount VARCHAR(48) NOT NULL, KEY weir_correction_file (file)))",
    R"(weir_lease(
         flow VARCHAR(255) NOT NULL, kind VARBINARY(64) NOT NULL, name VARBINARY(512) NOT NULL,
         worker VARBINARY(255) NOT NULL, token CHAR(32) NOT NULL, until BIGINT NOT NULL,
         PRIMARY KEY (flow, kind, name)))",
    R"(weir_meta_begun(
         name VARCHAR(64) NOT NULL PRIMARY KEY, value LONGTEXT NOT NULL))",
};

// The row of weir_meta that names a table of history which nothing else names yet.
constexpr std::string_view begun_history = "begun_history";

// Two databases made at one moment must not have one name.
constexpr std::string_view new_incarnation =
    "INSERT INTO weir_meta_begun SELECT 'incarnation', LEFT(SHA2(CONCAT(UUID(), RAND()), 256), 32)";

Result<void> fill_meta(MariadbDatabase& db) {
  TRY(db.execute("DELETE FROM weir_meta_begun"));
  TRY(db.execute(new_incarnation));
  TRY(db.execute("INSERT INTO weir_meta_begun VALUES('lock', '')"));
  TRY_ASSIGN(auto version, db.prepare("INSERT INTO weir_meta_begun VALUES('schema_version', ?)"));
  return version.run({std::to_string(store_schema_version)});
}

// A server may put another engine in place of InnoDB, and people may alter tables.
Result<void> check_engines(MariadbDatabase& db) {
  TRY_ASSIGN(const std::string name, db.text_of(R"(
      SELECT table_name FROM information_schema.tables
      WHERE table_schema = DATABASE() AND table_name LIKE 'weir\_%' AND engine <> 'InnoDB'
      ORDER BY table_name LIMIT 1)"));
  if (name.empty()) {
    return {};
  }
  return Error{ErrorKind::invalid,
               "the table " + escaped(name, 64) + " in " + db.connection().place() +
                   " has no transactions: ALTER TABLE " + escaped(name, 64) + " ENGINE=InnoDB"};
}

Result<void> make_all(MariadbDatabase& db) {
  const std::string options = mariadb_table_options(db.server());
  for (const char* const table : tables) {
    TRY(db.define("CREATE TABLE IF NOT EXISTS " + std::string(table) + options));
  }
  TRY(check_engines(db));
  TRY(fill_meta(db));
  return db.define("RENAME TABLE weir_meta_begun TO weir_meta");
}

// Of a prepare() that was cut off between making the table and naming it: nothing is in it.
Result<void> drop_begun_history(MariadbDatabase& db) {
  TRY_ASSIGN(auto row, db.prepare("SELECT value FROM weir_meta WHERE name = ?"));
  TRY_ASSIGN(const bool found, row.find({begun_history}));
  if (!found) {
    return {};
  }
  const std::string name(row.bytes(0));
  TRY(db.define("DROP TABLE IF EXISTS " + quoted(name)));
  TRY_ASSIGN(auto remove, db.prepare("DELETE FROM weir_meta WHERE name = ?"));
  return remove.run({begun_history});
}

}  // namespace

std::string mariadb_table_options(const MariadbServer& server) {
  return std::string(" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=") +
         (server.is_mariadb ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin");
}

Result<void> migrate_mariadb_tables(MariadbDatabase& db, int from) {
  CHECK(from == 0 || from == store_schema_version);  // no weir made another here
  if (from == 0) {
    return make_all(db);
  }
  TRY(check_engines(db));
  return drop_begun_history(db);
}

Result<void> make_mariadb_history(MariadbDatabase& db, const std::string& name, KeyKind key) {
  TRY_ASSIGN(auto begin, db.prepare("INSERT INTO weir_meta VALUES(?, ?)"));
  TRY(begin.run({begun_history, name}));
  TRY(db.define("CREATE TABLE " + quoted(name) + "(consumer " +
                (key == KeyKind::text ? "VARBINARY(1024)" : "BIGINT") +
                " NOT NULL, at BIGINT NOT NULL, file BIGINT NOT NULL, period VARCHAR(16) NOT NULL, "
                "amount DECIMAL(38,0) NOT NULL, PRIMARY KEY (consumer, at, file, period), "
                "KEY by_time (at, file, consumer, period))" +
                mariadb_table_options(db.server())));
  TRY_ASSIGN(auto end, db.prepare("DELETE FROM weir_meta WHERE name = ?"));
  return end.run({begun_history});
}

}  // namespace weir
