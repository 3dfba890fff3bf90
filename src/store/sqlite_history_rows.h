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
#include "store/sqlite_connection.h"
#include "store/sqlite_session.h"

namespace weir {

// Also its index of time and file: by it a file's rows are found, and those that are to be rolled
// up. Inserts there are appends, since files come in the order of time.
Result<void> create_history(SqliteConnection& db, const std::string& name, KeyKind key);

// `invalid`: none is kept.
Result<void> check_history(const SqliteLayout& layout);

// "usage_history" INDEXED BY "usage_history_at": the index holds time, file, consumer and period,
// in this order.
std::string history_by_time(const SqliteLayout& layout);

// What a file added to each consumer, with the opposite sign: taking it back is adding this.
class TakenBack final : public SumCursor {
 public:
  TakenBack(SqliteConnection& db, const SqliteLayout& layout, const FileRow& file);

  Result<void> rewind() override;
  Result<std::span<const SumEntry>> next() override;
  KeyKind key_kind() const override { return layout_.key; }
  std::uint64_t keys() const override { return keys_; }  // read so far

  // Of what was read since the rewind.
  const ControlSum& control() const { return control_; }
  // `corrupt`: all of it was read, and is not what the file's row says.
  Result<void> check() const;

 private:
  SqliteConnection& db_;
  const SqliteLayout& layout_;
  const FileRow file_;
  std::optional<SqliteStatement> rows_;
  bool more_ = false;
  std::vector<SumEntry> entries_;
  std::vector<std::string> texts_;
  ControlSum control_;
  std::uint64_t keys_ = 0;
};

// Its rows of history, and its rejects.
Result<void> remove_contribution(SqliteConnection& db, const SqliteLayout& layout,
                                 const FileRow& file);

// Rows of files that were accepted then are about to be added: what is rolled up that far is not
// all of it any more. See sqlite_roll_up.cc.
Result<void> note_fine_rows(SqliteConnection& db, const std::string& table, Seconds at);

// A key as people write it, for a statement. Borrows the text.
Result<SqliteValue> consumer_value(const SqliteLayout& layout, const std::string& consumer);

}  // namespace weir
