// SPDX-License-Identifier: Apache-2.0
// One transaction, as long as it takes: so that nobody ever sees, or counts into, a part of a copy,
// and a copy that was killed has left nothing to be cleared. That it is there stands in weir_meta
// with it: whoever did not hear of the commit finds that out by the same call.
#include "store/sql_receive.h"

#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/copied_sums.h"
#include "store/identifier.h"
#include "store/rules.h"
#include "store/sql_books.h"
#include "store/sql_history_rows.h"
#include "store/sql_rows.h"

namespace weir {
namespace {

constexpr std::string_view file_values =
    "weir_file(sequence, flow, identity, path, size, inode, modified, tag, unit_bytes, "
    "compression, format, epoch, state, reason, accepted_at, finished_at, units, units_done, good, "
    "rejected, blank, sum, digest, final_newline, \"release\", release_target, released_at, "
    "history, rolled_up, replaces)";
constexpr std::size_t file_value_count = 30;
constexpr std::string_view correction_values =
    "weir_correction(number, at, flow, action, file, path, why, \"keys\", amount)";

Result<bool> has_rows(SqlConnection& db, const std::string& table) {
  TRY_ASSIGN(auto row, db.prepare("SELECT 1 FROM " + quoted(table) + " LIMIT 1"));
  return row.find({});
}

}  // namespace

Result<void> SqlReceiving::take(const CopyPage& page) {
  return std::visit([this](const auto& rows) { return put(rows); }, page);
}

// The name in weir_meta under which tables stand, a line each, that were copied from there.
std::string SqlReceiving::mark() const {
  return "copied " + table_.incarnation;
}

Result<std::string> SqlReceiving::marked_tables(SqlConnection& db) {
  TRY_ASSIGN(auto row, db.prepare("SELECT value FROM weir_meta WHERE name = ?"));
  const std::string name = mark();
  TRY_ASSIGN(const bool found, row.find({name}));
  return found ? std::string(row.bytes(0)) : std::string();
}

Result<void> SqlReceiving::enter_mark() {
  TRY_ASSIGN(const std::string before, marked_tables(db()));
  const std::string tables = before + layout().name + "\n";
  TRY_ASSIGN(auto statement,
             db().prepare(before.empty() ? "INSERT INTO weir_meta(value, name) VALUES(?, ?)"
                                         : "UPDATE weir_meta SET value = ? WHERE name = ?"));
  return statement.run({tables, mark()});
}

// ---- what is here already

// True: an earlier copy of it.
Result<bool> SqlReceiving::look() {
  SqlTransaction transaction(parts_.main);
  TRY(transaction.begin_bare(SqlTransaction::Kind::read));
  TRY_ASSIGN(const bool there, look_in(transaction.db()));
  TRY(transaction.commit());
  return there;
}

Result<bool> SqlReceiving::look_in(SqlConnection& db) {
  TRY_ASSIGN(const std::string here, incarnation_of(db));
  if (here.empty()) {
    TRY(check_free(db));
    return false;
  }
  if (here == table_.incarnation) {
    return Error{ErrorKind::invalid, parts_.target.place +
                                         " is the database that is copied: name "
                                         "another one with --into"};
  }
  TRY_ASSIGN(const std::string tables, marked_tables(db));
  if (("\n" + tables).find("\n" + parts_.target.settings.table + "\n") != std::string::npos) {
    return true;
  }
  TRY(check_free(db));
  return false;
}

Result<std::int64_t> SqlReceiving::count(SqlConnection& db, const std::string& from,
                                         const std::string& value) {
  TRY_ASSIGN(auto row, db.prepare("SELECT count(*) FROM " + from));
  TRY_ASSIGN(const bool found, row.find({value}));
  return found ? row.integer(0) : 0;
}

Result<void> SqlReceiving::check_free(SqlConnection& db) {
  const std::string& table = parts_.target.settings.table;
  TRY_ASSIGN(const bool exists, db.engine().table_exists(db, table));
  TRY_ASSIGN(const bool filled, exists ? has_rows(db, table) : Result<bool>(false));
  std::int64_t counted = 0;
  TRY_ASSIGN(const std::string here, incarnation_of(db));
  if (!here.empty()) {
    TRY_ASSIGN(counted, count(db, "weir_batch WHERE table_name = ?", table));
    for (const std::string& flow : table_.flows) {
      TRY_ASSIGN(const auto files, count(db, "weir_file WHERE flow = ?", flow));
      counted += files;
    }
  }
  if (filled || counted > 0) {
    return Error{ErrorKind::invalid,
                 "the table " + quoted(table) + " in " + parts_.target.place +
                     " is in use already: a copy needs an empty one; name another database, or "
                     "(postgresql) a schema of its own"};
  }
  return {};
}

// ---- the table

Result<void> SqlReceiving::put(const CopiedTable& table) {
  table_ = table;
  TRY_ASSIGN(was_there_, look());
  if (was_there_) {
    return Error{ErrorKind::conflict, "it is copied already"};
  }
  TRY(prepare());
  return begin();
}

// Where tables are made no transaction may go on (MariaDB), so that this is one of its own.
Result<void> SqlReceiving::prepare() {
  SqlTarget target = parts_.target;
  if (target.key != table_.key) {
    return Error{ErrorKind::invalid, "the table that is copied has keys of another kind"};
  }
  target.settings.keep = table_.keeps_history ? StoreSettings::Keep::history : target.settings.keep;
  return sql_schema({.clock = parts_.clock,
                     .target = target,
                     .main = parts_.main,
                     .reading = parts_.reading,
                     .witness = parts_.witness})
      ->prepare();
}

Result<void> SqlReceiving::begin() {
  transaction_.emplace(parts_.main);
  TRY(transaction_->begin(SqlTransaction::Kind::correct));
  TRY_ASSIGN(was_there_, look_in(db()));  // now that nobody else writes
  if (was_there_) {
    return Error{ErrorKind::conflict, "it is copied already"};
  }
  TRY(find_numbers());
  TRY(enter_table());
  TRY(enter_flows());
  return enter_walks();
}

// Where nothing has a number yet, all keep theirs: also after a copy that failed, whose numbers no
// server takes back.
Result<void> SqlReceiving::find_numbers() {
  TRY_ASSIGN(const auto given, db().integer_of("SELECT (SELECT count(*) FROM weir_file) + "
                                               "(SELECT count(*) FROM weir_correction)"));
  TRY_ASSIGN(const auto tables, db().integer_of("SELECT count(*) FROM weir_table"));
  if (given > 0 || tables > 1) {
    const SqlEngine& engine = db().engine();
    TRY_ASSIGN(files_before_, engine.last_number(db(), "weir_file", "sequence"));
    TRY_ASSIGN(corrections_before_, engine.last_number(db(), "weir_correction", "number"));
  }
  return {};
}

Result<void> SqlReceiving::enter_table() {
  const ControlSum& base = table_.books.base;
  TRY_ASSIGN(auto update, db().prepare(R"(
      UPDATE weir_table SET base_amount = ?, base_keyed = ?, entered_at = ?, forgotten_files = ?,
        forgotten_units = ?, forgotten_amount = ?, forgotten_history = ? WHERE name = ?)"));
  TRY(update.run({to_text(base.amount), to_hex(base.keyed), table_.entered_at,
                  table_.forgotten_files, table_.forgotten_units, to_text(table_.forgotten_amount),
                  to_text(table_.forgotten_history), layout().name}));
  const ControlSum& control = table_.books.batches;
  const bool none = table_.commits == 0 && table_.units_done == 0 && control == ControlSum();
  return none ? Result<void>()
              : enter_batch(db(), {.table = layout().name,
                                   .at = parts_.clock.wall(),
                                   .commits = table_.commits,
                                   .units = table_.units_done,
                                   .keys = table_.keys,
                                   .control = control});
}

// That of this store's flow is there.
Result<void> SqlReceiving::enter_flows() {
  TRY_ASSIGN(auto known, db().prepare("SELECT table_name FROM weir_flow WHERE name = ?"));
  TRY_ASSIGN(auto insert, db().prepare("INSERT INTO weir_flow VALUES(?, ?)"));
  for (const std::string& flow : table_.flows) {
    TRY_ASSIGN(const bool found, known.find({flow}));
    if (!found) {
      TRY(insert.run({flow, layout().name}));
    } else if (known.bytes(0) != layout().name) {
      return Error{ErrorKind::invalid, "the flow '" + escaped(flow) +
                                           "' counts into another table of " + parts_.target.place +
                                           ": name another database"};
    }
  }
  return {};
}

Result<void> SqlReceiving::enter_walks() {
  TRY_ASSIGN(auto insert,
             db().prepare("INSERT INTO weir_rolling VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const CopiedWalk& walk : table_.walks) {
    TRY_ASSIGN(const SqlValue consumer, consumer_value(layout(), walk.consumer));
    TRY(insert.run({layout().name, name(walk.into), walk.since, walk.walking ? 1 : 0, walk.cutoff,
                    walk.until, walk.at, shifted(walk.file), consumer, walk.period}));
  }
  return {};
}

// ---- the ledger

Result<void> SqlReceiving::put(const std::vector<CopiedFile>& files) {
  const std::string own_number(db().engine().words().own_number);
  SqlInsert insert(db(), std::string(file_values) + own_number, file_value_count);
  SqlInsert units(db(), "weir_unit", 13);
  for (const CopiedFile& file : files) {
    TRY(put_file(insert, file));
    TRY(put_units(file, units));
  }
  TRY(insert.flush());
  return units.flush();
}

Result<void> SqlReceiving::put_file(SqlInsert& insert, const CopiedFile& file) {
  const FileRow& row = file.row;
  return insert.add({shifted(row.sequence),
                     file.flow,
                     SqlBlob{row.identity},
                     SqlBlob{row.path},
                     as_signed(row.token.size),
                     as_signed(row.token.inode),
                     row.token.modified,
                     SqlBlob{row.token.tag},
                     as_signed(row.plan.unit_bytes),
                     name(row.plan.compression),
                     insert.keep(to_text(row.plan.format)),
                     row.epoch,
                     name(row.state),
                     row.reason,
                     row.accepted_at,
                     row.finished_at,
                     row.units,
                     row.units_done,
                     as_signed(row.counts.good),
                     as_signed(row.counts.rejected),
                     as_signed(row.counts.blank),
                     insert.keep(to_text(row.sum)),
                     insert.keep(to_hex(row.digest)),
                     row.final_newline ? 1 : 0,
                     name(row.release),
                     SqlBlob{row.release_target},
                     row.released_at,
                     row.history ? 1 : 0,
                     row.rolled_up ? 1 : 0,
                     shifted(row.replaces)});
}

Result<void> SqlReceiving::put_units(const CopiedFile& file, SqlInsert& insert) {
  CHECK(file.done_at.size() == file.units.size());
  for (std::size_t i = 0; i < file.units.size(); ++i) {
    const UnitRow& unit = file.units[i];
    TRY(insert.add({shifted(unit.id.file), unit.id.epoch, unit.id.number, unit.id.shard,
                    as_signed(unit.range.begin), as_signed(unit.range.end),
                    std::string_view(unit.state == UnitState::done ? "done" : "pending"),
                    as_signed(unit.counts.good), as_signed(unit.counts.rejected),
                    as_signed(unit.counts.blank), insert.keep(to_text(unit.sum)),
                    insert.keep(to_hex(unit.digest)), file.done_at[i]}));
  }
  return {};
}

Result<void> SqlReceiving::put(const std::vector<CopiedReject>& rejects) {
  const std::string columns = "file, unit, line_in_unit, byte_offset, reason, text";
  SqlInsert known(db(), "weir_reject(" + columns + ", line)", 7);
  SqlInsert open(db(), "weir_reject(" + columns + ")", 6);
  for (const CopiedReject& kept : rejects) {
    const Reject& reject = kept.reject;
    const FileSequence file = shifted(kept.file);
    const auto in_unit = as_signed(reject.line_in_unit);
    const auto offset = as_signed(reject.offset);
    if (kept.line) {
      TRY(known.add({file, kept.unit, in_unit, offset, name(reject.reason), reject.text,
                     as_signed(*kept.line)}));
    } else {
      TRY(open.add({file, kept.unit, in_unit, offset, name(reject.reason), reject.text}));
    }
  }
  TRY(known.flush());
  return open.flush();
}

Result<void> SqlReceiving::put(const std::vector<Correction>& corrections) {
  const std::string own_number(db().engine().words().own_number);
  SqlInsert insert(db(), std::string(correction_values) + own_number, 9);
  for (const Correction& one : corrections) {
    TRY(insert.add({one.number + corrections_before_, one.at, one.flow, name(one.action),
                    shifted(one.file), SqlBlob{one.path}, one.why, as_signed(one.keys),
                    insert.keep(to_text(one.amount))}));
  }
  return insert.flush();
}

// ---- the sums

Result<void> SqlReceiving::put(const std::vector<CopiedTotal>& totals) {
  CopiedSums sums(table_.key, totals);
  TRY(db().engine().add(db(), layout(), sums));
  return {};
}

Result<void> SqlReceiving::put(const std::vector<CopiedHistory>& rows) {
  SqlInsert insert(db(), quoted(layout().history) + "(consumer, at, file, period, amount)", 5);
  const bool wide = db().engine().words().wide_history;
  for (const CopiedHistory& row : rows) {
    const CopiedTotal& added = row.added;
    if (!wide && !fits_int64(added.amount)) {
      return sum_does_not_fit(consumer_text(entry_of(added), table_.key), 0, added.amount);
    }
    const SqlValue consumer = table_.key == KeyKind::text
                                  ? SqlValue(added.text)
                                  : SqlValue(static_cast<std::int64_t>(added.id));
    TRY(insert.add(
        {consumer, row.at, shifted(row.file), name(row.period), SqlAmount{added.amount}}));
  }
  return insert.flush();
}

// ---- the end

Result<CopyReceipt> SqlReceiving::finish() {
  if (was_there_) {
    transaction_.reset();
    SqlTransaction transaction(parts_.main);
    TRY(transaction.begin(SqlTransaction::Kind::read));
    TRY_ASSIGN(Books books, read_books(transaction.db(), transaction.layout()));
    TRY(transaction.commit());
    if (books != table_.books) {
      return Error{ErrorKind::invalid,
                   "the table " + quoted(parts_.target.settings.table) + " in " +
                       parts_.target.place +
                       " was copied from there before, and one of the two has changed since: "
                       "count into one of them only"};
    }
    return CopyReceipt{.was_there = true, .books = std::move(books)};
  }
  CHECK(transaction_);
  const SqlEngine& engine = db().engine();
  TRY(engine.skip_numbers(db(), "weir_file", "sequence", shifted(table_.last_file)));
  TRY(engine.skip_numbers(db(), "weir_correction", "number",
                          table_.last_correction + corrections_before_));
  TRY_ASSIGN(Books books, check_copy(db(), layout()));
  TRY(enter_mark());
  TRY(transaction_->commit());
  return CopyReceipt{.books = std::move(books)};
}

Result<Books> SqlReceiving::check_copy(SqlConnection& db, const SqlLayout& layout) {
  TRY_ASSIGN(Books books, read_books(db, layout));
  if (books == table_.books) {
    return books;
  }
  return Error{
      ErrorKind::corrupt,
      "the copy is not what was read: it holds " + to_text(books.totals.amount) + " over " +
          std::to_string(books.consumers) + " consumers and " + std::to_string(books.files) +
          " files, due are " + to_text(table_.books.totals.amount) + " over " +
          std::to_string(table_.books.consumers) + " and " + std::to_string(table_.books.files) +
          (books.faults.empty() ? "" : "; " + books.faults.front()) + "; nothing of it was kept"};
}

}  // namespace weir
