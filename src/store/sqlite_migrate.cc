// SPDX-License-Identifier: Apache-2.0
// 128-bit numbers are text, since no column is so wide: sums in decimal, digests and keyed sums as
// 32 hexadecimal digits. Names and paths of files are bytes. States are words, so that a person can
// read them and a flipped bit does not make one state of another.
//
// What a version has made is never edited: databases of it are out there.
#include "store/sqlite_migrate.h"

#include <array>
#include <span>
#include <string>

#include "base/check.h"
#include "store/store.h"

namespace weir {
namespace {

constexpr std::array version_1 = {
    R"(CREATE TABLE weir_meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID)",
    // What is counted into, and what it held before: one database may hold several.
    R"(CREATE TABLE weir_table(
         name TEXT PRIMARY KEY COLLATE NOCASE, consumer_column TEXT NOT NULL,
         amount_column TEXT NOT NULL, key TEXT NOT NULL, base_amount TEXT NOT NULL,
         base_keyed TEXT NOT NULL, entered_at INTEGER NOT NULL) STRICT, WITHOUT ROWID)",
    R"(CREATE TABLE weir_flow(
         name TEXT PRIMARY KEY, table_name TEXT NOT NULL COLLATE NOCASE) STRICT, WITHOUT ROWID)",
    R"(CREATE TABLE weir_file(
         sequence INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT NOT NULL, identity BLOB NOT NULL,
         path BLOB NOT NULL, size INTEGER NOT NULL, inode INTEGER NOT NULL,
         modified INTEGER NOT NULL, tag BLOB NOT NULL, unit_bytes INTEGER NOT NULL,
         compression TEXT NOT NULL, format TEXT NOT NULL, epoch INTEGER NOT NULL,
         state TEXT NOT NULL, reason TEXT NOT NULL, accepted_at INTEGER NOT NULL,
         finished_at INTEGER NOT NULL, units INTEGER NOT NULL, units_done INTEGER NOT NULL,
         good INTEGER NOT NULL, rejected INTEGER NOT NULL, blank INTEGER NOT NULL,
         sum TEXT NOT NULL, digest TEXT NOT NULL, final_newline INTEGER NOT NULL,
         UNIQUE (flow, identity)) STRICT)",
    R"(CREATE INDEX weir_file_state ON weir_file(flow, state))",
    R"(CREATE INDEX weir_file_digest ON weir_file(digest, size)
         WHERE state = 'done' AND size > 0)",
    R"(CREATE TABLE weir_unit(
         file INTEGER NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL,
         shard INTEGER NOT NULL, begin_byte INTEGER NOT NULL, end_byte INTEGER NOT NULL,
         state TEXT NOT NULL, good INTEGER NOT NULL, rejected INTEGER NOT NULL,
         blank INTEGER NOT NULL, sum TEXT NOT NULL, digest TEXT NOT NULL,
         done_at INTEGER NOT NULL,
         PRIMARY KEY (file, epoch, number, shard)) STRICT, WITHOUT ROWID)",
    R"(CREATE TABLE weir_batch(
         number INTEGER PRIMARY KEY AUTOINCREMENT, table_name TEXT NOT NULL COLLATE NOCASE,
         at INTEGER NOT NULL, commits INTEGER NOT NULL, units INTEGER NOT NULL,
         keys INTEGER NOT NULL, amount TEXT NOT NULL, keyed TEXT NOT NULL) STRICT)",
    R"(CREATE TABLE weir_reject(
         file INTEGER NOT NULL, unit INTEGER NOT NULL, line_in_unit INTEGER NOT NULL,
         byte_offset INTEGER NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL, line INTEGER,
         PRIMARY KEY (file, unit, line_in_unit)) STRICT, WITHOUT ROWID)",
};

constexpr std::array version_2 = {
    "ALTER TABLE weir_file ADD COLUMN release TEXT NOT NULL DEFAULT 'kept'",
    "ALTER TABLE weir_file ADD COLUMN release_target BLOB NOT NULL DEFAULT x''",
    "ALTER TABLE weir_file ADD COLUMN released_at INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE weir_file ADD COLUMN history INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE weir_file ADD COLUMN rolled_up INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE weir_file ADD COLUMN replaces INTEGER NOT NULL DEFAULT 0",
    // What is counted and still to be put away is found without those that are.
    "CREATE INDEX weir_file_release ON weir_file(flow, release) WHERE state = 'done'",
    "CREATE INDEX weir_file_replaces ON weir_file(replaces) WHERE replaces <> 0",
    // The name of its table of history, empty where none is kept; and what files added that are
    // forgotten, of it and (forgotten_history) of those that have history.
    "ALTER TABLE weir_table ADD COLUMN history TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE weir_table ADD COLUMN forgotten_files INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE weir_table ADD COLUMN forgotten_units INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE weir_table ADD COLUMN forgotten_amount TEXT NOT NULL DEFAULT '0'",
    "ALTER TABLE weir_table ADD COLUMN forgotten_history TEXT NOT NULL DEFAULT '0'",
    // How far history is merged into a period: every row that begins before `since` is at least so
    // coarse. While a walk is on its way to `cutoff`, it is behind the row named, and every row
    // that begins before `until` will be so coarse when it is over.
    R"(CREATE TABLE weir_rolling(
         table_name TEXT NOT NULL COLLATE NOCASE, period TEXT NOT NULL, since INTEGER NOT NULL,
         walking INTEGER NOT NULL, cutoff INTEGER NOT NULL, until INTEGER NOT NULL,
         at INTEGER NOT NULL, file INTEGER NOT NULL, consumer ANY, row_period TEXT NOT NULL,
         PRIMARY KEY (table_name, period)) STRICT, WITHOUT ROWID)",
    R"(CREATE TABLE weir_correction(
         number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, flow TEXT NOT NULL,
         action TEXT NOT NULL, file INTEGER NOT NULL, path BLOB NOT NULL, why TEXT NOT NULL,
         keys INTEGER NOT NULL, amount TEXT NOT NULL) STRICT)",
    "CREATE INDEX weir_correction_file ON weir_correction(file)",
};

constexpr std::array<std::span<const char* const>, store_schema_version> versions = {version_1,
                                                                                     version_2};

Result<void> enter_incarnation(SqliteConnection& db) {
  TRY_ASSIGN(auto insert, db.prepare("INSERT INTO weir_meta VALUES('incarnation', ?)"));
  TRY_ASSIGN(const std::string incarnation, db.text_of("SELECT lower(hex(randomblob(16)))"));
  return insert.run({incarnation});
}

}  // namespace

Result<void> migrate_sqlite_tables(SqliteConnection& db, int from) {
  CHECK(from >= 0 && from <= store_schema_version);
  if (from == store_schema_version) {
    return {};
  }
  for (const auto& version : std::span(versions).subspan(static_cast<std::size_t>(from))) {
    for (const char* const statement : version) {
      TRY(db.execute(statement));
    }
  }
  if (from == 0) {
    TRY(enter_incarnation(db));
  }
  TRY_ASSIGN(auto version, db.prepare("INSERT INTO weir_meta VALUES('schema_version', ?) "
                                      "ON CONFLICT DO UPDATE SET value = excluded.value"));
  return version.run({std::to_string(store_schema_version)});
}

}  // namespace weir
