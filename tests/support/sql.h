// SPDX-License-Identifier: Apache-2.0
// A hand of somebody else on an SQLite database.
#pragma once

#include <sqlite3.h>

#include <string>

#include "base/check.h"

namespace weir::testing {

// Runs the statements; answers the first column of the last row, or SQLite's complaint.
inline std::string sql(const std::string& path, const std::string& statements) {
  sqlite3* database = nullptr;
  CHECK(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  std::string answer;
  const auto keep = [](void* kept, int, char** values, char**) {
    *static_cast<std::string*>(kept) = values[0] == nullptr ? "NULL" : values[0];
    return 0;
  };
  if (sqlite3_exec(database, statements.c_str(), keep, &answer, nullptr) != SQLITE_OK) {
    answer = std::string("error: ") + sqlite3_errmsg(database);
  }
  sqlite3_close(database);
  return answer;
}

}  // namespace weir::testing
