// SPDX-License-Identifier: Apache-2.0
// A connection to MariaDB as one of SQL: its session, transactions and locks. Private to this
// folder.
//
// Writers lock the row 'lock' of weir_meta, shared; corrections lock it for themselves, so that
// nobody else writes meanwhile. Before that, corrections take a lock by name, which also holds
// where our tables are not there yet, and while tables are made: that commits, in MariaDB.
#pragma once

#include <memory>
#include <string>

#include "store/mariadb_connection.h"
#include "store/mariadb_server.h"
#include "store/sql.h"

namespace weir {

const SqlEngine& mariadb_engine();

class MariadbDatabase final : public SqlConnection {
 public:
  struct Options {
    MariadbPlace place;
    MariadbDemand demand;
    MariadbWaits waits;
  };
  // To the first of the hosts that will do.
  static Result<std::unique_ptr<MariadbDatabase>> open(const Options& options);

  const SqlEngine& engine() const override { return mariadb_engine(); }
  Result<void> begin(Kind kind) override;
  Result<void> commit() override;
  Result<void> barrier() override;
  void roll_back() override;
  bool usable() const override { return !connection_->failed(); }
  Result<SqlStatement> prepare(std::string_view sql, SqlRows rows) override;
  Result<void> execute(std::string_view sql) override { return connection_->execute(sql); }
  std::int64_t rows_changed() const override { return connection_->rows_changed(); }
  Result<std::optional<std::int64_t>> insert(std::string_view sql, std::string_view number_column,
                                             SqlValues values) override;
  using SqlConnection::insert;
  using SqlConnection::prepare;

  MariadbConnection& connection() { return *connection_; }
  const MariadbServer& server() const { return server_; }
  // Makes or alters a table, within a correction: what was done before is committed, what follows
  // is a transaction of its own; no other correction comes between.
  Result<void> define(std::string_view sql);
  // Waits, for a while, until no other writer adds many sums to the table: two at once are slower
  // than one after the other. A hint: it is given back with the end of the transaction.
  Result<void> take_turn(const std::string& table);

 private:
  MariadbDatabase(std::unique_ptr<MariadbConnection> connection, MariadbWaits waits, bool writes);
  static Result<std::unique_ptr<MariadbDatabase>> open_at(const Options& options,
                                                          const MariadbHost& host);
  Result<void> set_session();
  Result<void> isolate(bool snapshots);
  Result<void> check_server(const MariadbDemand& demand);
  Result<void> bound_transactions();
  Result<void> start();
  Result<void> lock_row();
  Result<bool> take_name(std::string_view name);
  void give_names();

  const std::unique_ptr<MariadbConnection> connection_;
  const MariadbWaits waits_;
  const bool writes_;
  MariadbServer server_;
  Kind kind_ = Kind::read;        // of the last transaction
  bool reads_snapshots_ = false;  // how the session isolates
  bool is_open_ = false;
  bool has_names_ = false;
};

}  // namespace weir
