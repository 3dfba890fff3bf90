// SPDX-License-Identifier: Apache-2.0
// One connection, used by one caller at a time, opened when first needed and opened anew after it
// failed; and the transactions on it. Private to this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"
#include "store/sql_engine.h"

namespace weir {

class SqlSession {
 public:
  struct Options {
    std::function<Result<std::unique_ptr<SqlConnection>>()> connect;
    // What is counted into, read once a connection. `invalid`: the store is not prepared.
    std::function<Result<SqlLayout>(SqlConnection&)> look;
  };
  explicit SqlSession(Options options);
  ~SqlSession();
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;

  // What is counted into may have changed. Waits for its turn: not within a transaction.
  void look_again();

 private:
  friend class SqlTransaction;
  struct State;
  const std::unique_ptr<State> state_;
};

// A caller's turn on a session, and the transaction it makes there. What is not committed is rolled
// back; after that the connection is dropped where it has failed.
class SqlTransaction {
 public:
  using Kind = SqlConnection::Kind;
  explicit SqlTransaction(SqlSession& session);  // waits for its turn
  ~SqlTransaction();
  SqlTransaction(const SqlTransaction&) = delete;
  SqlTransaction& operator=(const SqlTransaction&) = delete;

  Result<void> begin(Kind kind);       // first, once
  Result<void> begin_bare(Kind kind);  // the same, whether or not the store is prepared
  Result<void> commit();               // last; an error: nothing is known of what became of it
  // Instead of a commit: rolls back. What others have committed is then as safe as a commit of ours
  // would be.
  Result<void> barrier();

  SqlConnection& db();
  std::uint64_t connection_number() const;  // of all that the session has opened, from 1
  const SqlLayout& layout() const;          // not of a bare one

 private:
  SqlSession::State& state_;
};

}  // namespace weir
