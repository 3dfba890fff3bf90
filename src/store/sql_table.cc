// SPDX-License-Identifier: Apache-2.0
#include "store/sql_table.h"

#include "base/text.h"
#include "store/identifier.h"
#include "store/sql_parts.h"

namespace weir {
namespace {

std::string table_in_place(const SqlTarget& target) {
  return "the table " + quoted(target.settings.table) + " in " + target.place;
}

}  // namespace

Error is_no_table(const SqlTarget& target) {
  return {ErrorKind::invalid, quoted(target.settings.table) + " in " + target.place +
                                  " is no table of its own: name another with store.table"};
}

Error lacks_columns(const SqlTarget& target, std::span<const std::string> found) {
  std::string names;
  for (const std::string& name : found) {
    names += (names.empty() ? "" : ", ") + quoted(name);
  }
  const StoreSettings& settings = target.settings;
  return {ErrorKind::invalid, table_in_place(target) + " has no columns " +
                                  quoted(settings.consumer_column) + " and " +
                                  quoted(settings.amount_column) + ", but " + escaped(names, 400) +
                                  ": name them with store.consumer, store.amount"};
}

Error cannot_hold_sums(const SqlTarget& target, std::string_view why, std::string_view to_type) {
  return {ErrorKind::invalid, table_in_place(target) +
                                  " cannot hold exact sums: " + std::string(why) +
                                  ". To keep its values in one that can, " + std::string(to_type)};
}

std::string statements_to_type(const SqlTarget& target, const std::string& create) {
  const SqlLayout layout = layout_of(target);
  const std::string before = quoted(target.settings.table + "_before");
  return "BEGIN; ALTER TABLE " + layout.table + " RENAME TO " + before + "; " + create +
         "; INSERT INTO " + layout.table + " SELECT " + layout.consumer + ", sum(" + layout.amount +
         ") FROM " + before + " WHERE " + layout.consumer + " IS NOT NULL GROUP BY " +
         layout.consumer + "; COMMIT;";
}

}  // namespace weir
