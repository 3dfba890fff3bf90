// SPDX-License-Identifier: Apache-2.0
// What is said of a user's table that cannot be counted into, on whatever database. Private to this
// folder.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/sql_engine.h"

namespace weir {

Error is_no_table(const SqlTarget& target);
// `found`: those it has.
Error lacks_columns(const SqlTarget& target, std::span<const std::string> found);
// `to_type`: "type in psql: …".
Error cannot_hold_sums(const SqlTarget& target, std::string_view why, std::string_view to_type);

// Makes a table in its place that can hold the sums, with its values, where a transaction may make
// tables. `create` is the statement that makes it.
std::string statements_to_type(const SqlTarget& target, const std::string& create);

// nullptr: there is none. `same` compares names as the database does.
template <class Column, class Same = std::equal_to<>>
const Column* find_column(const std::vector<Column>& columns, std::string_view name,
                          Same same = {}) {
  for (const Column& column : columns) {
    if (same(column.name, name)) {
      return &column;
    }
  }
  return nullptr;
}

template <class Column>
std::vector<std::string> names_of(const std::vector<Column>& columns) {
  std::vector<std::string> names;
  names.reserve(columns.size());
  for (const Column& column : columns) {
    names.push_back(column.name);
  }
  return names;
}

}  // namespace weir
