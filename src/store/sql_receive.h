// SPDX-License-Identifier: Apache-2.0
// Taking everything of a table from another store: one transaction. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/sql_insert.h"
#include "store/sql_parts.h"

namespace weir {

// See TableCopy::receive. Borrows the parts.
class SqlReceiving {
 public:
  explicit SqlReceiving(const SqlParts& parts) : parts_(parts) {}

  // An error of kind conflict while was_there(): no more is needed.
  Result<void> take(const CopyPage& page);
  bool was_there() const { return was_there_; }
  Result<CopyReceipt> finish();  // last

 private:
  Result<void> put(const CopiedTable& table);
  Result<void> put(const std::vector<CopiedFile>& files);
  Result<void> put(const std::vector<CopiedReject>& rejects);
  Result<void> put(const std::vector<CopiedTotal>& totals);
  Result<void> put(const std::vector<CopiedHistory>& rows);
  Result<void> put(const std::vector<Correction>& corrections);

  Result<bool> look();
  Result<bool> look_in(SqlConnection& db);
  Result<void> check_free(SqlConnection& db);
  Result<std::int64_t> count(SqlConnection& db, const std::string& from, const std::string& value);
  Result<void> prepare();
  Result<void> begin();
  Result<void> find_numbers();
  Result<void> enter_table();
  Result<void> enter_flows();
  Result<void> enter_walks();
  Result<void> put_file(SqlInsert& insert, const CopiedFile& file);
  Result<void> put_units(const CopiedFile& file, SqlInsert& insert);
  Result<Books> check_copy(SqlConnection& db, const SqlLayout& layout);
  FileSequence shifted(FileSequence file) const { return file > 0 ? file + files_before_ : file; }
  std::string mark() const;
  Result<std::string> marked_tables(SqlConnection& db);
  Result<void> enter_mark();
  SqlConnection& db() { return transaction_->db(); }
  const SqlLayout& layout() const { return transaction_->layout(); }

  const SqlParts& parts_;
  CopiedTable table_;  // what comes
  bool was_there_ = false;
  std::int64_t files_before_ = 0;        // numbers that were given here already
  std::int64_t corrections_before_ = 0;  // the same
  std::optional<SqlTransaction> transaction_;
};

}  // namespace weir
