// SPDX-License-Identifier: Apache-2.0
// Handing out everything of a table, within the caller's transaction. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/sql_parts.h"

namespace weir {

// See TableCopy::send. Borrows all.
class SqlSending {
 public:
  SqlSending(SqlConnection& db, const SqlLayout& layout, const TableCopy::Visit& visit);
  Result<void> run();

 private:
  Result<void> send_table();
  Result<Nanoseconds> entered_at();
  Result<std::vector<std::string>> flows();
  Result<std::vector<CopiedWalk>> walks();
  Result<void> send_files();
  Result<void> add_units(CopiedFile& file);
  Result<void> send_rejects();
  static Result<RejectReason> reject_reason(std::string_view text);
  Result<void> send_corrections();
  Result<void> send_totals();
  Result<void> send_history();

  SqlConnection& db_;
  const SqlLayout& layout_;
  const TableCopy::Visit& visit_;
};

}  // namespace weir
