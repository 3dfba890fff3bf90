// SPDX-License-Identifier: Apache-2.0
#include "store/sql_session.h"

#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"

namespace weir {

struct SqlSession::State {
  Options options;
  std::mutex turn;
  std::unique_ptr<SqlConnection> connection;
  std::uint64_t connections = 0;  // opened
  std::optional<SqlLayout> layout;

  void drop_unusable() {
    if (connection && !connection->usable()) {
      layout.reset();
      connection.reset();
    }
  }
};

SqlSession::SqlSession(Options options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}

SqlSession::~SqlSession() = default;

void SqlSession::look_again() {
  const std::lock_guard turn(state_->turn);
  state_->layout.reset();
}

SqlTransaction::SqlTransaction(SqlSession& session) : state_(*session.state_) {
  state_.turn.lock();
}

SqlTransaction::~SqlTransaction() {
  if (state_.connection) {
    state_.connection->roll_back();
  }
  state_.drop_unusable();
  state_.turn.unlock();
}

Result<void> SqlTransaction::begin_bare(Kind kind) {
  state_.drop_unusable();
  if (!state_.connection) {
    TRY_ASSIGN(state_.connection, state_.options.connect());
    ++state_.connections;
  }
  return state_.connection->begin(kind);
}

Result<void> SqlTransaction::begin(Kind kind) {
  TRY(begin_bare(kind));
  if (!state_.layout) {
    TRY_ASSIGN(state_.layout, state_.options.look(*state_.connection));
  }
  return {};
}

Result<void> SqlTransaction::commit() {
  return state_.connection->commit();
}

Result<void> SqlTransaction::barrier() {
  state_.connection->roll_back();
  return state_.connection->barrier();
}

std::uint64_t SqlTransaction::connection_number() const {
  return state_.connections;
}

SqlConnection& SqlTransaction::db() {
  CHECK(state_.connection);
  return *state_.connection;
}

const SqlLayout& SqlTransaction::layout() const {
  CHECK(state_.layout);
  return *state_.layout;
}

}  // namespace weir
