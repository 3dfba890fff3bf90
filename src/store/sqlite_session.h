// SPDX-License-Identifier: Apache-2.0
// One connection, used by one caller at a time, opened when first needed and opened anew after it
// failed; and the transactions on it. Private to this folder.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "model/format.h"
#include "store/sqlite_connection.h"

namespace weir {

// The user's table, as the database knows it.
struct SqliteLayout {
  std::string name;      // as it is
  std::string table;     // quoted, ready to stand in a statement
  std::string consumer;  // column, quoted
  std::string amount;    // column, quoted
  std::string history;   // the table of its history, as it is; empty: none is kept
  KeyKind key = KeyKind::integer;
};

class SqliteSession {
 public:
  struct Options {
    std::function<Result<std::unique_ptr<SqliteConnection>>()> connect;
    // What is counted into, read once a connection. `invalid`: the store is not prepared.
    std::function<Result<SqliteLayout>(SqliteConnection&)> look;
  };
  explicit SqliteSession(Options options);
  ~SqliteSession();
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;

  // What is counted into may have changed. Waits for its turn: not within a transaction.
  void look_again();

 private:
  friend class SqliteTransaction;
  struct State;
  const std::unique_ptr<State> state_;
};

// A caller's turn on a session, and the transaction it makes there. What is not committed is rolled
// back; after that the connection is dropped where it has failed.
class SqliteTransaction {
 public:
  explicit SqliteTransaction(SqliteSession& session);  // waits for its turn
  ~SqliteTransaction();
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  enum class Kind {
    read,       // one snapshot
    write,      // nobody else writes
    read_bare,  // the same two, whether or not the store is prepared
    write_bare,
  };
  Result<void> begin(Kind kind);  // first, once
  Result<void> commit();          // last; an error: nothing is known of what became of it

  SqliteConnection& db();
  const SqliteLayout& layout() const;  // not of a bare one

 private:
  Result<void> connect(Kind kind);

  SqliteSession::State& state_;
};

}  // namespace weir
