// SPDX-License-Identifier: Apache-2.0
// A store on a database that speaks SQL. Private to this folder.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "store/sql_engine.h"
#include "store/store.h"

namespace weir {

struct SqlStoreOptions {
  SqlTarget target;
  // A connection to write by, or one that reads beside it.
  std::function<Result<std::unique_ptr<SqlConnection>>(StoreAccess)> connect;
  // Told what is there, within a transaction that reads, once, when the store is opened. Absent: it
  // is looked at whether a newer weir made it.
  std::function<Result<void>(SqlConnection&)> look = {};
  // Told the database's incarnation before anything is counted into it. Absent: nobody is.
  std::function<Result<void>(const std::string&)> witness = {};
};

// Connects once, so that a mistake in the address shows at once; a connection that reads beside the
// one that writes is made when it is needed. Borrows the clock. What the options hold outlives the
// connections.
Result<std::unique_ptr<Store>> open_sql_store(Clock& clock, SqlStoreOptions options);

}  // namespace weir
