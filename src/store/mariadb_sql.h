// SPDX-License-Identifier: Apache-2.0
// Statements as MariaDB takes them: it knows `?` alone, one value each. Pure. Private to this
// folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct MariadbSql {
  std::string text;
  std::vector<std::size_t> values;  // of each `?`, from 0
  std::size_t values_count = 0;
};

// From `?`, or `?1`, `?2`, …; not within quotes.
MariadbSql mariadb_sql(std::string_view sql);

}  // namespace weir
