// SPDX-License-Identifier: Apache-2.0
#include "store/sql_history_rows.h"

#include <utility>

#include "base/text.h"
#include "store/identifier.h"
#include "store/rules.h"

namespace weir {
namespace {

constexpr std::size_t entries_per_step = 256;

}  // namespace

TakenBack::TakenBack(SqlConnection& db, const SqlLayout& layout, const FileRow& file)
    : db_(db), layout_(layout), file_(file), texts_(entries_per_step) {}

Result<void> TakenBack::rewind() {
  rows_.reset();
  control_ = {};
  keys_ = 0;
  TRY_ASSIGN(auto rows,
             db_.prepare("SELECT consumer, amount FROM " + db_.engine().history_by_time(layout_) +
                             " WHERE at = ? AND file = ? ORDER BY consumer",
                         SqlRows::many));
  rows_.emplace(std::move(rows));
  TRY_ASSIGN(more_, rows_->find({seconds_of(file_.accepted_at), file_.sequence}));
  return {};
}

Result<std::span<const SumEntry>> TakenBack::next() {
  entries_.clear();
  while (more_ && entries_.size() < entries_per_step) {
    SumEntry entry{.sum = -rows_->amount(1)};
    if (layout_.key == KeyKind::text) {
      std::string& text = texts_[entries_.size()];
      text.assign(rows_->bytes(0));
      entry.text = text;
    } else {
      entry.id = static_cast<std::uint64_t>(rows_->integer(0));
    }
    control_.add(entry);
    ++keys_;
    entries_.push_back(entry);
    TRY_ASSIGN(more_, rows_->next());
  }
  return std::span<const SumEntry>(entries_);
}

Result<void> TakenBack::check() const {
  if (-control_.amount == file_.sum) {
    return {};
  }
  return Error{ErrorKind::corrupt, "the history of " + escaped(file_.path) + " makes " +
                                       to_text(-control_.amount) + ", the ledger says " +
                                       to_text(file_.sum) + ": run weir verify"};
}

Result<void> remove_contribution(SqlConnection& db, const SqlLayout& layout, const FileRow& file) {
  TRY_ASSIGN(auto rejects, db.prepare("DELETE FROM weir_reject WHERE file = ?"));
  TRY(rejects.run({file.sequence}));
  if (layout.history.empty()) {
    return {};
  }
  TRY_ASSIGN(auto rows,
             db.prepare("DELETE FROM " + quoted(layout.history) + " WHERE at = ? AND file = ?"));
  return rows.run({seconds_of(file.accepted_at), file.sequence});
}

Result<void> note_fine_rows(SqlConnection& db, const std::string& table, Seconds at) {
  TRY_ASSIGN(auto update, db.prepare(R"(
      UPDATE weir_rolling SET since = CASE WHEN since < ?2 THEN since ELSE ?2 END,
        until = CASE WHEN until < ?2 THEN until ELSE ?2 END
      WHERE table_name = ?1 AND (since > ?2 OR until > ?2))"));
  return update.run({table, at});
}

Result<SqlValue> consumer_value(const SqlLayout& layout, const std::string& consumer) {
  if (layout.key == KeyKind::text) {
    return SqlValue(consumer);
  }
  TRY_ASSIGN(const std::int64_t id, consumer_id(consumer));
  return SqlValue(id);
}

}  // namespace weir
