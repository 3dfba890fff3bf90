// SPDX-License-Identifier: Apache-2.0
// TableCopy::send: everything of a table, page by page, from one snapshot.
#include "store/sql_send.h"

#include <utility>

#include "base/text.h"
#include "store/identifier.h"
#include "store/sql_books.h"
#include "store/sql_rows.h"

namespace weir {
namespace {

// A page in memory: so many rows, or as soon as its texts are over so many bytes.
constexpr std::size_t files_per_page = 1'000;
constexpr std::size_t rows_per_page = 50'000;
constexpr std::size_t page_bytes_max = 16 << 20;

// Behind a FROM that ends with weir_file AS f: those of this table's flows.
constexpr std::string_view of_the_table =
    " JOIN weir_flow AS w ON w.name = f.flow WHERE w.table_name = ?";

// Rows until the page is full.
template <class Row>
class Pages {
 public:
  Pages(const TableCopy::Visit& visit, std::size_t rows_max) : visit_(visit), rows_max_(rows_max) {}

  Result<void> add(Row row, std::size_t bytes) {
    rows_.push_back(std::move(row));
    bytes_ += bytes;
    return rows_.size() >= rows_max_ || bytes_ >= page_bytes_max ? hand_out() : Result<void>();
  }
  Result<void> finish() { return rows_.empty() ? Result<void>() : hand_out(); }

 private:
  Result<void> hand_out() {
    bytes_ = 0;
    return visit_(std::exchange(rows_, {}));
  }

  const TableCopy::Visit& visit_;
  const std::size_t rows_max_;
  std::vector<Row> rows_;
  std::size_t bytes_ = 0;
};

CopiedTotal total_from(const SumEntry& entry) {
  return {.id = entry.id, .text = std::string(entry.text), .amount = entry.sum};
}

Result<Period> period_from(std::string_view text) {
  const auto period = period_from_name(text);
  if (!period) {
    return Error{ErrorKind::corrupt, "the history holds the period '" + escaped(text, 64) +
                                         "', which weir never writes"};
  }
  return *period;
}

}  // namespace

SqlSending::SqlSending(SqlConnection& db, const SqlLayout& layout, const TableCopy::Visit& visit)
    : db_(db), layout_(layout), visit_(visit) {}

Result<void> SqlSending::run() {
  TRY(send_table());
  TRY(send_files());
  TRY(send_rejects());
  TRY(send_totals());
  TRY(send_history());
  return send_corrections();
}

// ---- the table

Result<void> SqlSending::send_table() {
  CopiedTable table{.key = layout_.key, .keeps_history = !layout_.history.empty()};
  TRY_ASSIGN(table.incarnation, incarnation_of(db_));
  TRY_ASSIGN(table.books, read_books(db_, layout_));
  TRY_ASSIGN(table.entered_at, entered_at());
  TRY_ASSIGN(table.flows, flows());
  TRY_ASSIGN(const BatchTotals batches, batch_totals(db_, layout_.name));
  table.commits = batches.commits;
  table.units_done = batches.units;
  table.keys = batches.keys;
  TRY_ASSIGN(const ForgottenFiles forgotten, forgotten_files(db_, layout_.name));
  table.forgotten_files = forgotten.files;
  table.forgotten_units = forgotten.units;
  table.forgotten_amount = forgotten.amount;
  table.forgotten_history = forgotten.history;
  TRY_ASSIGN(table.walks, walks());
  const SqlEngine& engine = db_.engine();
  TRY_ASSIGN(table.last_file, engine.last_number(db_, "weir_file", "sequence"));
  TRY_ASSIGN(table.last_correction, engine.last_number(db_, "weir_correction", "number"));
  return visit_(std::move(table));
}

Result<Nanoseconds> SqlSending::entered_at() {
  TRY_ASSIGN(auto row, db_.prepare("SELECT entered_at FROM weir_table WHERE name = ?"));
  TRY_ASSIGN(const bool found, row.find({layout_.name}));
  return found ? row.integer(0) : 0;
}

Result<std::vector<std::string>> SqlSending::flows() {
  TRY_ASSIGN(auto rows,
             db_.prepare("SELECT name FROM weir_flow WHERE table_name = ? ORDER BY name"));
  std::vector<std::string> names;
  TRY_ASSIGN(bool more, rows.find({layout_.name}));
  while (more) {
    names.emplace_back(rows.bytes(0));
    TRY_ASSIGN(more, rows.next());
  }
  return names;
}

Result<std::vector<CopiedWalk>> SqlSending::walks() {
  TRY_ASSIGN(auto rows, db_.prepare(R"(
      SELECT period, since, walking, cutoff, until, at, file, consumer, row_period
      FROM weir_rolling WHERE table_name = ? ORDER BY period)"));
  std::vector<CopiedWalk> walks;
  TRY_ASSIGN(bool more, rows.find({layout_.name}));
  while (more) {
    CopiedWalk walk{.since = rows.integer(1),
                    .walking = rows.integer(2) != 0,
                    .cutoff = rows.integer(3),
                    .until = rows.integer(4),
                    .at = rows.integer(5),
                    .file = rows.integer(6),
                    .consumer = layout_.key == KeyKind::text ? std::string(rows.bytes(7))
                                                             : std::to_string(rows.integer(7)),
                    .period = std::string(rows.bytes(8))};
    TRY_ASSIGN(walk.into, period_from(rows.bytes(0)));
    walks.push_back(std::move(walk));
    TRY_ASSIGN(more, rows.next());
  }
  return walks;
}

// ---- the ledger

Result<void> SqlSending::send_files() {
  TRY_ASSIGN(auto rows,
             db_.prepare("SELECT " + std::string(file_columns) + ", flow FROM weir_file AS f" +
                             std::string(of_the_table) + " ORDER BY sequence",
                         SqlRows::many));
  Pages<CopiedFile> pages(visit_, files_per_page);
  TRY_ASSIGN(bool more, rows.find({layout_.name}));
  while (more) {
    CopiedFile file;
    TRY_ASSIGN(file.row, file_row(rows));
    file.flow = rows.bytes(29);  // behind file_columns
    TRY(add_units(file));
    const std::size_t bytes =
        file.row.identity.size() + file.row.path.size() + file.units.size() * sizeof(UnitRow);
    TRY(pages.add(std::move(file), bytes));
    TRY_ASSIGN(more, rows.next());
  }
  return pages.finish();
}

Result<void> SqlSending::add_units(CopiedFile& file) {
  const FileRow& row = file.row;
  if (row.units_done == row.units) {
    return {};
  }
  TRY_ASSIGN(file.units, find_units(db_, row.sequence, row.epoch));
  TRY_ASSIGN(auto times, db_.prepare("SELECT done_at FROM weir_unit WHERE file = ? AND epoch = ? "
                                     "ORDER BY number, shard"));
  TRY_ASSIGN(bool more, times.find({row.sequence, row.epoch}));
  while (more) {
    file.done_at.push_back(times.integer(0));
    TRY_ASSIGN(more, times.next());
  }
  return {};
}

Result<void> SqlSending::send_rejects() {
  TRY_ASSIGN(auto rows,
             db_.prepare("SELECT r.file, r.unit, r.line_in_unit, r.byte_offset, r.reason, r.text, "
                         "r.line FROM weir_reject AS r JOIN weir_file AS f ON f.sequence = r.file" +
                             std::string(of_the_table),
                         SqlRows::many));
  Pages<CopiedReject> pages(visit_, rows_per_page);
  TRY_ASSIGN(bool more, rows.find({layout_.name}));
  while (more) {
    CopiedReject kept{.file = rows.integer(0),
                      .unit = static_cast<std::int32_t>(rows.integer(1)),
                      .reject = {.offset = as_unsigned(rows.integer(3)),
                                 .line_in_unit = as_unsigned(rows.integer(2)),
                                 .text = std::string(rows.bytes(5))}};
    TRY_ASSIGN(kept.reject.reason, reject_reason(rows.bytes(4)));
    if (!rows.is_null(6)) {
      kept.line = as_unsigned(rows.integer(6));
    }
    const std::size_t bytes = kept.reject.text.size();
    TRY(pages.add(std::move(kept), bytes));
    TRY_ASSIGN(more, rows.next());
  }
  return pages.finish();
}

Result<RejectReason> SqlSending::reject_reason(std::string_view text) {
  const auto reason = reject_reason_from_name(text);
  if (!reason) {
    return Error{ErrorKind::corrupt, "weir_reject holds the reason '" + escaped(text, 64) +
                                         "', which weir never writes"};
  }
  return *reason;
}

Result<void> SqlSending::send_corrections() {
  for (std::int64_t after = 0;;) {
    TRY_ASSIGN(auto page, corrections_of(db_, layout_.name, after, files_per_page));
    if (page.empty()) {
      return {};
    }
    after = page.back().number;
    TRY(visit_(std::move(page)));
  }
}

// ---- the sums

Result<void> SqlSending::send_totals() {
  Pages<CopiedTotal> pages(visit_, rows_per_page);
  TRY(scan_table(db_, layout_, [&](const SumEntry& entry) -> Result<void> {
    return pages.add(total_from(entry), entry.text.size());
  }));
  return pages.finish();
}

// In the order in which they lie.
Result<void> SqlSending::send_history() {
  if (layout_.history.empty()) {
    return {};
  }
  TRY_ASSIGN(auto rows, db_.prepare("SELECT consumer, amount, at, file, period FROM " +
                                        quoted(layout_.history),
                                    SqlRows::many));
  Pages<CopiedHistory> pages(visit_, rows_per_page);
  TRY_ASSIGN(bool more, rows.find({}));
  while (more) {
    const SumEntry entry = sum_entry(rows, layout_.key);
    CopiedHistory added{.added = total_from(entry), .at = rows.integer(2), .file = rows.integer(3)};
    TRY_ASSIGN(added.period, period_from(rows.bytes(4)));
    TRY(pages.add(std::move(added), entry.text.size()));
    TRY_ASSIGN(more, rows.next());
  }
  return pages.finish();
}

}  // namespace weir
