// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_session.h"

#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/sqlite_place.h"

namespace weir {

struct SqliteSession::State {
  Options options;
  std::mutex turn;
  std::unique_ptr<SqliteConnection> connection;
  std::optional<SqliteLayout> layout;

  void drop() {
    layout.reset();
    connection.reset();
  }
};

SqliteSession::SqliteSession(Options options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}

SqliteSession::~SqliteSession() = default;

void SqliteSession::look_again() {
  const std::lock_guard turn(state_->turn);
  state_->layout.reset();
}

SqliteTransaction::SqliteTransaction(SqliteSession& session) : state_(*session.state_) {
  state_.turn.lock();
}

// After SQLITE_FULL and I/O errors the library may have rolled back already: it is asked.
SqliteTransaction::~SqliteTransaction() {
  if (state_.connection && state_.connection->in_transaction()) {
    if (!state_.connection->execute("ROLLBACK")) {
      state_.connection->fail();
    }
  }
  if (state_.connection && state_.connection->failed()) {
    state_.drop();
  }
  state_.turn.unlock();
}

Result<void> SqliteTransaction::connect(Kind kind) {
  if (state_.connection && state_.connection->overtaken()) {
    state_.drop();
  }
  if (!state_.connection) {
    TRY_ASSIGN(state_.connection, state_.options.connect());
  }
  const bool writes = kind == Kind::write || kind == Kind::write_bare;
  if (writes && !state_.connection->writable()) {
    return Error{ErrorKind::invalid,
                 escaped(state_.connection->path()) + " is opened for reading only"};
  }
  if (writes && state_.connection->moved()) {
    state_.connection->fail();
    return Error{ErrorKind::corrupt, escaped(state_.connection->path()) +
                                         " was removed or replaced while weir wrote to it: put it "
                                         "back before you go on"};
  }
  return {};
}

Result<void> SqliteTransaction::begin(Kind kind) {
  TRY(connect(kind));
  const bool writes = kind == Kind::write || kind == Kind::write_bare;
  TRY(state_.connection->execute(writes ? "BEGIN IMMEDIATE" : "BEGIN"));
  const bool bare = kind == Kind::read_bare || kind == Kind::write_bare;
  if (!bare && !state_.layout) {
    TRY_ASSIGN(state_.layout, state_.options.look(*state_.connection));
  }
  return {};
}

Result<void> SqliteTransaction::commit() {
  TRY(state_.connection->execute("COMMIT"));
  if (state_.connection->overtaken()) {
    return Error{ErrorKind::unavailable, escaped(state_.connection->path()) +
                                             ": a writer came while it was read; read it again"};
  }
  return {};
}

SqliteConnection& SqliteTransaction::db() {
  CHECK(state_.connection);
  return *state_.connection;
}

const SqliteLayout& SqliteTransaction::layout() const {
  CHECK(state_.layout);
  return *state_.layout;
}

}  // namespace weir
