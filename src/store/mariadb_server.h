// SPDX-License-Identifier: Apache-2.0
// Whether a server keeps what it says it has committed, and understands what weir says. Pure.
// Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "store/mariadb.h"

namespace weir {

// Variables of the server and of our session, by their names in small letters, values as it gives
// them.
using MariadbVariables = std::map<std::string, std::string, std::less<>>;

// Asked for in one query.
std::string mariadb_variables_query();

struct MariadbServer {
  bool is_mariadb = true;    // else MySQL: no array binding, other collations
  bool folds_names = false;  // of tables, into small letters
  std::uint64_t packet_bytes = 0;
};

struct MariadbDemand {
  bool writes = true;
  MariadbStoreOptions::Durability durability = MariadbStoreOptions::Durability::full;
};

// `unavailable`: it takes no writes now. `invalid`: weir cannot count into it as it is set up; the
// message says what to set.
Result<MariadbServer> check_mariadb_server(const std::string& place,
                                           const MariadbVariables& variables,
                                           const MariadbDemand& demand);

}  // namespace weir
