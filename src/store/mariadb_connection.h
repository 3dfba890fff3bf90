// SPDX-License-Identifier: Apache-2.0
// The library of MariaDB as values and owners: a connection to one server. It knows whether we
// take a transaction for open, and lets no statement run that would not be part of it. One thread
// at a time; the session sees to that. Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/mariadb_statement.h"
#include "store/mariadb_url.h"
#include "store/sql.h"

struct st_mysql;

namespace weir {

struct MariadbWaits {
  Nanoseconds connect = 0;
  Nanoseconds reply = 0;
  Nanoseconds lock = 0;
  Nanoseconds idle = 0;  // of a writer between two statements of a transaction
};

class MariadbConnection {
 public:
  // To the host, or to the socket where the place names one. Nothing of the session is set.
  static Result<std::unique_ptr<MariadbConnection>> open(const MariadbPlace& place,
                                                         const MariadbHost& host,
                                                         const MariadbWaits& waits);
  ~MariadbConnection();
  MariadbConnection(const MariadbConnection&) = delete;
  MariadbConnection& operator=(const MariadbConnection&) = delete;

  // Of one that was prepared before, if it is not in use.
  Result<std::unique_ptr<MariadbStatement>> prepare(std::string_view sql, SqlRows rows);
  Result<void> execute(std::string_view sql);  // a statement without values and rows
  // One without values and with few rows, as text; NULL is empty.
  Result<std::vector<std::vector<std::string>>> query(std::string_view sql);

  // What we take for true from now on; the server is asked with every statement.
  void transaction_begun() { expected_ = true; }
  void transaction_ended();
  // As execute(), in whatever state the transaction is.
  Result<void> end(std::string_view sql);
  // `unavailable`: the connection is lost, or a transaction is not there any more.
  Result<void> ready();
  // There was an error since the transaction began: it must not be committed.
  bool erred() const { return erred_; }

  std::int64_t rows_changed() const { return rows_changed_; }  // by the last statement
  std::int64_t last_number() const { return last_number_; }    // that it was given by the server
  const std::string& place() const { return place_; }          // for people
  bool failed() const { return failed_; }                      // not to be used again: open anew
  void fail() { failed_ = true; }
  bool last_error_is_missing_table() const;
  // Forgets an error that the caller expected.
  void forgive() { erred_ = ended_ = false; }

 private:
  friend class MariadbStatement;
  friend class MariadbCompiled;
  MariadbConnection(st_mysql* mysql, std::string place);
  Result<void> send(std::string_view sql);
  Error error(unsigned code, std::string words);
  bool has_cursor() const;  // the last statement opened one
  void note_run(std::int64_t rows_changed, std::int64_t number);
  void keep(std::unique_ptr<MariadbCompiled> compiled);

  st_mysql* const mysql_;
  const std::string place_;
  std::multimap<std::string, std::unique_ptr<MariadbCompiled>, std::less<>> idle_;  // by their keys
  std::int64_t rows_changed_ = 0;
  std::int64_t last_number_ = 0;
  unsigned last_error_ = 0;
  bool failed_ = false;
  bool expected_ = false;  // a transaction is open
  bool erred_ = false;     // in it
  bool ended_ = false;     // so that nothing may follow
};

}  // namespace weir
