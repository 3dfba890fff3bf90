// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_sql.h"

#include <algorithm>

#include "base/check.h"

namespace weir {
namespace {

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

// Past the quote that ends what begins here; a doubled one begins the next.
std::size_t end_of_quoted(std::string_view sql, std::size_t begin) {
  const std::size_t end = sql.find(sql[begin], begin + 1);
  CHECK(end != std::string_view::npos);
  return end + 1;
}

}  // namespace

MariadbSql mariadb_sql(std::string_view sql) {
  MariadbSql made;
  std::size_t at = 0;
  while (at < sql.size()) {
    const char byte = sql[at];
    if (byte == '\'' || byte == '"') {
      const std::size_t end = end_of_quoted(sql, at);
      made.text += sql.substr(at, end - at);
      at = end;
      continue;
    }
    made.text += byte;
    ++at;
    if (byte != '?') {
      continue;
    }
    std::size_t number = 0;
    for (; at < sql.size() && is_digit(sql[at]); ++at) {
      number = number * 10 + static_cast<std::size_t>(sql[at] - '0');
    }
    made.values.push_back(number == 0 ? made.values.size() : number - 1);
    made.values_count = std::max(made.values_count, made.values.back() + 1);
  }
  return made;
}

}  // namespace weir
