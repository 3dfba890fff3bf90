// SPDX-License-Identifier: Apache-2.0
// Totals and listings.
#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "base/text.h"
#include "store/rules.h"
#include "store/sql_parts.h"
#include "store/sql_rows.h"

namespace weir {
namespace {

std::int64_t limit_of(std::uint64_t rows_max) {
  return rows_max > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(rows_max);
}

// Text keys ascend byte by byte, whatever the column's collation.
std::string key_order(SqlConnection& db, const SqlLayout& layout) {
  return layout.key == KeyKind::integer
             ? layout.consumer
             : layout.consumer + std::string(db.engine().words().byte_order);
}

class SqlTotals final : public Totals {
 public:
  explicit SqlTotals(const SqlParts& parts) : parts_(parts) {}

  Result<std::vector<std::optional<Total>>> get(std::span<const std::string> consumers) override;
  Result<std::vector<Total>> top(std::uint64_t rows_max) override;
  Result<void> scan(const std::function<Result<void>(const SumEntry&)>& visit) override;

 private:
  const SqlParts parts_;
};

Total total_of(const SqlStatement& row, KeyKind key) {
  return {
      .consumer = key == KeyKind::text ? std::string(row.bytes(0)) : std::to_string(row.integer(0)),
      .amount = row.amount(1)};
}

Result<std::vector<std::optional<Total>>> SqlTotals::get(std::span<const std::string> consumers) {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  const SqlLayout& layout = transaction.layout();
  TRY_ASSIGN(auto row, transaction.db().prepare("SELECT " + layout.consumer + ", " + layout.amount +
                                                " FROM " + layout.table + " WHERE " +
                                                layout.consumer + " = ?"));
  std::vector<std::optional<Total>> totals;
  for (const std::string& consumer : consumers) {
    SqlValue key(consumer);
    if (layout.key == KeyKind::integer) {
      TRY_ASSIGN(const std::int64_t id, consumer_id(consumer));
      key = SqlValue(id);
    }
    TRY_ASSIGN(const bool found, row.find({key}));
    totals.push_back(found ? std::optional(total_of(row, layout.key)) : std::nullopt);
  }
  TRY(transaction.commit());
  return totals;
}

Result<std::vector<Total>> SqlTotals::top(std::uint64_t rows_max) {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  const SqlLayout& layout = transaction.layout();
  TRY_ASSIGN(auto rows,
             transaction.db().prepare("SELECT " + layout.consumer + ", " + layout.amount +
                                      " FROM " + layout.table + " ORDER BY 2 DESC, " +
                                      key_order(transaction.db(), layout) + " LIMIT ?"));
  std::vector<Total> totals;
  TRY_ASSIGN(bool more, rows.find({limit_of(rows_max)}));
  while (more) {
    totals.push_back(total_of(rows, layout.key));
    TRY_ASSIGN(more, rows.next());
  }
  TRY(transaction.commit());
  return totals;
}

Result<void> SqlTotals::scan(const std::function<Result<void>(const SumEntry&)>& visit) {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  TRY(scan_table(transaction.db(), transaction.layout(), visit));
  return transaction.commit();
}

class SqlListings final : public Listings {
 public:
  explicit SqlListings(const SqlParts& parts) : parts_(parts) {}

  Result<std::vector<FileRow>> files(const FileQuery& query) override;
  Result<std::vector<RejectRow>> rejects(FileSequence file, std::uint64_t skip,
                                         std::uint64_t rows_max) override;

 private:
  const SqlParts parts_;
};

// One page. Names of states are constants of ours. Without a state no index is taken for the flow:
// it would have to be sorted for every page; with one, its index is in order already. What is done
// and, say, not yet released has an index of its own, which does not hold what is. So what is asked
// for by its release is asked for state by state: a service asks every few seconds.
Result<std::vector<FileRow>> file_page(SqlTransaction& transaction, const std::string& flow,
                                       const FileQuery& query, std::optional<FileState> state) {
  std::string from = "weir_file";
  const SqlWords& words = transaction.db().engine().words();
  std::string where = std::string(words.flow) + " = ?1";
  if (state) {
    where = "flow = ?1 AND state = '" + std::string(name(*state)) + "'";
  }
  if (query.release) {
    from += state == FileState::done ? std::string(words.by_release) : "";
    where += " AND \"release\" = '" + std::string(name(*query.release)) + "'";
  }
  if (query.finished_before) {
    where += " AND finished_at <> 0 AND finished_at < ?4";
  }
  TRY_ASSIGN(auto rows, transaction.db().prepare("SELECT " + std::string(file_columns) + " FROM " +
                                                 from + " WHERE " + where +
                                                 " AND sequence > ?2 ORDER BY sequence LIMIT ?3"));
  std::vector<FileRow> files;
  const std::int64_t limit = limit_of(query.rows_max);
  TRY_ASSIGN(bool more, query.finished_before
                            ? rows.find({flow, query.after, limit, *query.finished_before})
                            : rows.find({flow, query.after, limit}));
  while (more) {
    TRY_ASSIGN(auto row, file_row(rows));
    files.push_back(std::move(row));
    TRY_ASSIGN(more, rows.next());
  }
  return files;
}

// They may lie anywhere in the ledger.
Result<std::vector<FileRow>> named_files(SqlTransaction& transaction, const std::string& flow,
                                         const FileQuery& query) {
  const std::set<FileSequence> once(query.among.begin(), query.among.end());
  const std::vector<SqlValue> among(once.begin(), once.end());
  TRY_ASSIGN(auto files, find_files(transaction.db(), flow, "sequence", "?", among));
  std::erase_if(files, [&query](const FileRow& row) {
    return row.sequence <= query.after || !matches(query, row);
  });
  return files;
}

Result<std::vector<FileRow>> SqlListings::files(const FileQuery& query) {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  const std::string& flow = parts_.target.flow;
  const std::vector<FileState> all_states(file_states.begin(), file_states.end());
  std::vector<FileRow> files;
  if (!query.among.empty()) {
    TRY_ASSIGN(files, named_files(transaction, flow, query));
  } else if (query.states.empty() && !query.release) {
    TRY_ASSIGN(files, file_page(transaction, flow, query, std::nullopt));
  } else {
    for (const FileState state : query.states.empty() ? all_states : query.states) {
      TRY_ASSIGN(auto page, file_page(transaction, flow, query, state));
      std::move(page.begin(), page.end(), std::back_inserter(files));
    }
  }
  TRY(transaction.commit());
  std::sort(files.begin(), files.end(),
            [](const FileRow& a, const FileRow& b) { return a.sequence < b.sequence; });
  files.resize(static_cast<std::size_t>(std::min<std::uint64_t>(files.size(), query.rows_max)));
  return files;
}

// The lines before each unit of files that are not done; asked for a file at a time.
class OpenLines {
 public:
  explicit OpenLines(SqlConnection& db) : db_(db) {}

  Result<std::optional<std::uint64_t>> before(FileSequence file, std::int32_t epoch,
                                              std::int32_t unit) {
    if (file != file_) {
      TRY_ASSIGN(const auto units, find_units(db_, file, epoch));
      before_ = lines_before_units(units);
      file_ = file;
    }
    const auto at = static_cast<std::size_t>(unit);
    return at < before_.size() ? std::optional(before_[at]) : std::nullopt;
  }

 private:
  SqlConnection& db_;
  FileSequence file_ = 0;
  std::vector<std::uint64_t> before_;
};

Result<RejectRow> reject_row(const SqlStatement& row, OpenLines& lines) {
  RejectRow found{.path = std::string(row.bytes(0)),
                  .file = row.integer(1),
                  .unit = static_cast<std::int32_t>(row.integer(2)),
                  .reject = {.offset = as_unsigned(row.integer(4)),
                             .line_in_unit = as_unsigned(row.integer(3)),
                             .text = std::string(row.bytes(6))}};
  const auto reason = reject_reason_from_name(row.bytes(5));
  if (!reason) {
    return Error{ErrorKind::corrupt, "weir_reject holds the reason '" + escaped(row.bytes(5), 64) +
                                         "', which weir never writes"};
  }
  found.reject.reason = *reason;
  if (!row.is_null(7)) {
    found.line = as_unsigned(row.integer(7));
    return found;
  }
  TRY_ASSIGN(const auto before,
             lines.before(found.file, static_cast<std::int32_t>(row.integer(8)), found.unit));
  if (before) {
    found.line = *before + found.reject.line_in_unit;
  }
  return found;
}

Result<std::vector<RejectRow>> SqlListings::rejects(FileSequence file, std::uint64_t skip,
                                                    std::uint64_t rows_max) {
  SqlTransaction transaction(parts_.reading);
  TRY(transaction.begin(SqlTransaction::Kind::read));
  // The rejects first, which are in the order that is asked for.
  const SqlWords& words = transaction.db().engine().words();
  const std::string of_one = file == 0 ? "?2 = 0" : "r.file = ?2";
  TRY_ASSIGN(auto rows, transaction.db().prepare(R"(
      SELECT f.path, r.file, r.unit, r.line_in_unit, r.byte_offset, r.reason, r.text, r.line,
        f.epoch
      FROM weir_reject AS r )" + std::string(words.join) +
                                                 R"( weir_file AS f ON f.sequence = r.file
      WHERE f.flow = ?1 AND )" + of_one + R"(
      ORDER BY r.file, r.unit, r.line_in_unit LIMIT ?3 OFFSET ?4)"));
  OpenLines lines(transaction.db());
  std::vector<RejectRow> rejects;
  TRY_ASSIGN(bool more, rows.find({parts_.target.flow, file, limit_of(rows_max), limit_of(skip)}));
  while (more) {
    TRY_ASSIGN(auto row, reject_row(rows, lines));
    rejects.push_back(std::move(row));
    TRY_ASSIGN(more, rows.next());
  }
  TRY(transaction.commit());
  return rejects;
}

}  // namespace

SumEntry sum_entry(const SqlStatement& row, KeyKind key) {
  SumEntry entry{.sum = row.amount(1)};
  if (key == KeyKind::text) {
    entry.text = row.bytes(0);
  } else {
    entry.id = static_cast<std::uint64_t>(row.integer(0));
  }
  return entry;
}

Result<void> scan_table(SqlConnection& db, const SqlLayout& layout,
                        const std::function<Result<void>(const SumEntry&)>& visit) {
  TRY_ASSIGN(auto rows, db.prepare("SELECT " + layout.consumer + ", " + layout.amount + " FROM " +
                                       layout.table + " ORDER BY " + key_order(db, layout),
                                   SqlRows::many));
  TRY_ASSIGN(bool more, rows.find({}));
  while (more) {
    TRY(visit(sum_entry(rows, layout.key)));
    TRY_ASSIGN(more, rows.next());
  }
  return {};
}

std::unique_ptr<Totals> sql_totals(const SqlParts& parts) {
  return std::make_unique<SqlTotals>(parts);
}

std::unique_ptr<Listings> sql_listings(const SqlParts& parts) {
  return std::make_unique<SqlListings>(parts);
}

}  // namespace weir
