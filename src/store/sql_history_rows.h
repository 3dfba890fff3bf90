// SPDX-License-Identifier: Apache-2.0
// The table of history: NAME_history(consumer, at, file, period, amount), a row for each consumer
// and file; rows of many files, once rolled up, have file 0. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/file.h"
#include "model/partial.h"
#include "model/period.h"
#include "store/sql_engine.h"

namespace weir {

// `invalid`: none is kept.
Result<void> check_history(const SqlLayout& layout);

// What a file added to each consumer, with the opposite sign: taking it back is adding this.
class TakenBack final : public SumCursor {
 public:
  TakenBack(SqlConnection& db, const SqlLayout& layout, const FileRow& file);

  Result<void> rewind() override;
  Result<std::span<const SumEntry>> next() override;
  KeyKind key_kind() const override { return layout_.key; }
  std::uint64_t keys() const override { return keys_; }  // read so far

  // Of what was read since the rewind.
  const ControlSum& control() const { return control_; }
  // `corrupt`: all of it was read, and is not what the file's row says.
  Result<void> check() const;

 private:
  SqlConnection& db_;
  const SqlLayout& layout_;
  const FileRow file_;
  std::optional<SqlStatement> rows_;
  bool more_ = false;
  std::vector<SumEntry> entries_;
  std::vector<std::string> texts_;
  ControlSum control_;
  std::uint64_t keys_ = 0;
};

// Its rows of history, and its rejects.
Result<void> remove_contribution(SqlConnection& db, const SqlLayout& layout, const FileRow& file);

// Rows of files that were accepted then are about to be added: what is rolled up that far is not
// all of it any more. See sql_roll_up.cc.
Result<void> note_fine_rows(SqlConnection& db, const std::string& table, Seconds at);

// A key as people write it, for a statement. Borrows the text.
Result<SqlValue> consumer_value(const SqlLayout& layout, const std::string& consumer);

}  // namespace weir
