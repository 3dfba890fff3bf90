// SPDX-License-Identifier: Apache-2.0
// PostgreSQL as an engine: its words, and our tables on it.
//
// 128-bit numbers are text, as on every database; names and paths of files are bytes. An identity
// may be longer than an index allows, so that its digest is what must be unique.
#include <array>
#include <utility>

#include "base/check.h"
#include "store/identifier.h"
#include "store/postgres_parts.h"
#include "store/store.h"

namespace weir {
namespace {

constexpr std::array version_2 = {
    R"(CREATE TABLE weir_meta(name text PRIMARY KEY, value text NOT NULL))",
    R"(CREATE TABLE weir_table(
         name text PRIMARY KEY, consumer_column text NOT NULL, amount_column text NOT NULL,
         "key" text NOT NULL, base_amount text NOT NULL, base_keyed text NOT NULL,
         entered_at bigint NOT NULL, history text NOT NULL DEFAULT '',
         forgotten_files bigint NOT NULL DEFAULT 0, forgotten_units bigint NOT NULL DEFAULT 0,
         forgotten_amount text NOT NULL DEFAULT '0', forgotten_history text NOT NULL DEFAULT '0'))",
    R"(CREATE TABLE weir_flow(name text PRIMARY KEY, table_name text NOT NULL))",
    R"(CREATE TABLE weir_file(
         sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, flow text NOT NULL,
         identity bytea NOT NULL,
         identity_key bytea NOT NULL GENERATED ALWAYS AS (sha256(identity)) STORED,
         path bytea NOT NULL, size bigint NOT NULL, inode bigint NOT NULL,
         modified bigint NOT NULL, tag bytea NOT NULL, unit_bytes bigint NOT NULL,
         compression text NOT NULL, format text NOT NULL, epoch bigint NOT NULL,
         state text NOT NULL, reason text NOT NULL, accepted_at bigint NOT NULL,
         finished_at bigint NOT NULL, units bigint NOT NULL, units_done bigint NOT NULL,
         good bigint NOT NULL, rejected bigint NOT NULL, blank bigint NOT NULL,
         sum text NOT NULL, digest text NOT NULL, final_newline bigint NOT NULL,
         "release" text NOT NULL DEFAULT 'kept', release_target bytea NOT NULL DEFAULT '',
         released_at bigint NOT NULL DEFAULT 0, history bigint NOT NULL DEFAULT 0,
         rolled_up bigint NOT NULL DEFAULT 0, replaces bigint NOT NULL DEFAULT 0,
         UNIQUE (flow, identity_key)))",
    R"(CREATE INDEX weir_file_state ON weir_file(flow, state, sequence))",
    R"(CREATE INDEX weir_file_digest ON weir_file(digest, size)
         WHERE state = 'done' AND size > 0)",
    R"(CREATE INDEX weir_file_release ON weir_file(flow, "release", sequence)
         WHERE state = 'done' AND "release" <> 'released')",
    R"(CREATE INDEX weir_file_replaces ON weir_file(replaces) WHERE replaces <> 0)",
    R"(CREATE TABLE weir_unit(
         file bigint NOT NULL, epoch bigint NOT NULL, number bigint NOT NULL,
         shard bigint NOT NULL, begin_byte bigint NOT NULL, end_byte bigint NOT NULL,
         state text NOT NULL, good bigint NOT NULL, rejected bigint NOT NULL,
         blank bigint NOT NULL, sum text NOT NULL, digest text NOT NULL, done_at bigint NOT NULL,
         PRIMARY KEY (file, epoch, number, shard)))",
    R"(CREATE TABLE weir_batch(
         number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, table_name text NOT NULL,
         at bigint NOT NULL, commits bigint NOT NULL, units bigint NOT NULL,
         "keys" bigint NOT NULL, amount text NOT NULL, keyed text NOT NULL))",
    R"(CREATE TABLE weir_reject(
         file bigint NOT NULL, unit bigint NOT NULL, line_in_unit bigint NOT NULL,
         byte_offset bigint NOT NULL, reason text NOT NULL, text text NOT NULL, line bigint,
         PRIMARY KEY (file, unit, line_in_unit)))",
    R"(CREATE TABLE weir_rolling(
         table_name text NOT NULL, period text NOT NULL, since bigint NOT NULL,
         walking bigint NOT NULL, cutoff bigint NOT NULL, until bigint NOT NULL,
         at bigint NOT NULL, file bigint NOT NULL, consumer text NOT NULL,
         row_period text NOT NULL, PRIMARY KEY (table_name, period)))",
    R"(CREATE TABLE weir_correction(
         number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at bigint NOT NULL,
         flow text NOT NULL, action text NOT NULL, file bigint NOT NULL, path bytea NOT NULL,
         why text NOT NULL, "keys" bigint NOT NULL, amount text NOT NULL))",
    R"(CREATE INDEX weir_correction_file ON weir_correction(file))",
    // After a crash of the server, and on a replica that takes over, it is empty: leases are hints.
    R"(CREATE UNLOGGED TABLE weir_lease(
         flow text NOT NULL, kind bytea NOT NULL, name bytea NOT NULL, worker bytea NOT NULL,
         token text NOT NULL, until bigint NOT NULL, PRIMARY KEY (flow, kind, name)))",
    R"(INSERT INTO weir_meta VALUES('incarnation', replace(gen_random_uuid()::text, '-', '')))",
};

PostgresConnection& postgres_of(SqlConnection& db) {
  return static_cast<PostgresConnection&>(db);
}

class PostgresEngine final : public SqlEngine {
 public:
  const SqlWords& words() const override {
    static constexpr SqlWords all = {
        .name = "postgresql",
        .locked = " FOR UPDATE",
        .flow = "flow",
        .join = "JOIN",
        .by_release = "",
        .identity_key = "identity_key",
        .key_of = "sha256(?)",
        .if_new = "ON CONFLICT DO NOTHING",
        .byte_order = " COLLATE \"C\"",
        .own_number = " OVERRIDING SYSTEM VALUE",
        .insert_new = "INSERT",
        .unless_there = " ON CONFLICT DO NOTHING",
        .microseconds = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
        .wide_history = true,
        .folds_case = false};
    return all;
  }

  Result<void> migrate(SqlConnection& db, int from) const override {
    return migrate_postgres_tables(db, from);
  }
  Result<bool> table_exists(SqlConnection& db, const std::string& table) const override {
    return postgres_table_exists(db, table);
  }
  Result<void> make_table(SqlConnection& db, const SqlLayout& layout) const override {
    return db.execute(create_postgres_table(layout));
  }
  Result<void> check_table(SqlConnection& db, const SqlTarget& target) const override {
    return check_postgres_table(db, target);
  }
  Result<void> make_history(SqlConnection& db, const std::string& name, KeyKind key) const override;
  std::string history_by_time(const SqlLayout& layout) const override {
    return quoted(layout.history);
  }
  Result<std::int64_t> last_number(SqlConnection& db, const std::string& table,
                                   const std::string& column) const override;
  Result<void> skip_numbers(SqlConnection& db, const std::string& table, const std::string& column,
                            std::int64_t number) const override;
  // The server checks its own pages, where it was told to (initdb --data-checksums).
  Result<std::vector<std::string>> damage(SqlConnection& /*db*/) const override {
    return std::vector<std::string>();
  }
  Result<SqlAdded> add(SqlConnection& db, const SqlLayout& layout,
                       SumCursor& partial) const override {
    return add_to_postgres(postgres_of(db), layout, partial);
  }
  Result<SqlAdded> add_history(SqlConnection& db, const SqlLayout& layout,
                               const SqlHistoryPlace& place, SumCursor& partial) const override {
    return add_to_postgres_history(postgres_of(db), layout, place, partial);
  }
};

Result<std::int64_t> PostgresEngine::last_number(SqlConnection& db, const std::string& table,
                                                 const std::string& column) const {
  TRY_ASSIGN(auto row, db.prepare("SELECT coalesce(pg_sequence_last_value("
                                  "pg_get_serial_sequence(?::text, ?::text)::regclass), 0)"));
  TRY_ASSIGN(const bool found, row.find({table, column}));
  return found ? row.integer(0) : 0;
}

// No transaction takes back what it does to a sequence: after a failure numbers are left out.
Result<void> PostgresEngine::skip_numbers(SqlConnection& db, const std::string& table,
                                          const std::string& column, std::int64_t number) const {
  TRY_ASSIGN(const std::int64_t last, last_number(db, table, column));
  if (number <= last) {
    return {};
  }
  TRY_ASSIGN(auto raise,
             db.prepare("SELECT setval(pg_get_serial_sequence(?::text, ?::text), ?::bigint)"));
  return raise.run({table, column, number});
}

// Text keys are ordered byte by byte, as partials are.
Result<void> PostgresEngine::make_history(SqlConnection& db, const std::string& name,
                                          KeyKind key) const {
  TRY(db.execute("CREATE TABLE " + quoted(name) + "(consumer " +
                 (key == KeyKind::text ? "text COLLATE \"C\"" : "bigint") +
                 " NOT NULL, at bigint NOT NULL, file bigint NOT NULL, "
                 "period text COLLATE \"C\" NOT NULL, amount numeric(38,0) NOT NULL, "
                 "PRIMARY KEY (consumer, at, file, period))"));
  return db.execute("CREATE INDEX " + quoted(name + "_at") + " ON " + quoted(name) +
                    "(at, file, consumer, period)");
}

}  // namespace

Result<void> migrate_postgres_tables(SqlConnection& db, int from) {
  static_assert(store_schema_version == 2, "a step from version 2 is to be written");
  if (from == store_schema_version) {
    return {};
  }
  CHECK(from == 0);  // no older weir wrote to PostgreSQL
  for (const char* const statement : version_2) {
    TRY(db.execute(statement));
  }
  TRY_ASSIGN(auto version, db.prepare("INSERT INTO weir_meta VALUES('schema_version', ?)"));
  return version.run({std::to_string(store_schema_version)});
}

const SqlEngine& postgres_engine() {
  static const PostgresEngine engine;
  return engine;
}

}  // namespace weir
