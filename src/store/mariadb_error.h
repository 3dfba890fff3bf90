// SPDX-License-Identifier: Apache-2.0
// What the error codes of MariaDB and MySQL mean to a caller: those of the server, and those of the
// library (2000 and above) for connections. Pure functions. Private to this folder.
#pragma once

#include <string>

#include "base/result.h"

namespace weir {

struct MariadbFailure {
  unsigned code = 0;
  std::string words;  // the server's own
};

// The place is for people, without a password.
Error mariadb_error(const std::string& place, const MariadbFailure& failure);

// After these the connection is closed and opened anew: it is gone, or nothing is known of it.
bool mariadb_connection_is_lost(unsigned code);

// A value did not fit its column: the statement was undone, and the transaction stands.
bool is_mariadb_range_error(unsigned code);

// The table, or the database, that was named is not there.
bool is_mariadb_missing_table(unsigned code);

}  // namespace weir
