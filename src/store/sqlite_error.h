// SPDX-License-Identifier: Apache-2.0
// What SQLite's result codes mean to a caller. Private to this folder.
#pragma once

#include <string>

#include "base/result.h"

namespace weir {

struct SqliteFailure {
  int code = 0;     // extended
  int os_code = 0;  // errno of the system call that failed; 0: none did
  std::string words;
};

// The path is escaped into the message.
Error sqlite_error(const std::string& path, const SqliteFailure& failure);

// After these nothing that the connection remembers can be trusted: it is closed, and the database
// opened anew. (After a failed fsync the kernel may have dropped what was not written; only what
// is read back from the disk counts.)
bool connection_is_lost(int code);

}  // namespace weir
