// SPDX-License-Identifier: Apache-2.0
// As with a commit, everything that can be refused is looked at first: a copy is made aside, and
// takes the place of the empty one when it is whole.
#include "store/memory_copy.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "store/copied_sums.h"
#include "store/memory_corrections.h"
#include "store/rules.h"

namespace weir {
namespace {

constexpr std::size_t rows_per_page = 100;

template <class Row>
void add_row(std::vector<CopyPage>& pages, Row row) {
  auto* rows = std::get_if<std::vector<Row>>(&pages.back());
  if (rows == nullptr || rows->size() == rows_per_page) {
    rows = &std::get<std::vector<Row>>(pages.emplace_back(std::vector<Row>()));
  }
  rows->push_back(std::move(row));
}

CopiedTotal copied_total(const MemoryDatabase& database, const std::string& key, Int128 amount) {
  const SumEntry entry = memory_entry(key, amount, database.key);
  return {.id = entry.id, .text = std::string(entry.text), .amount = amount};
}

CopiedTable table_of(const MemoryDatabase& database) {
  CopiedTable table{.incarnation = "memory",
                    .key = database.key,
                    .keeps_history = database.keeps_history,
                    .books = books_of(database),
                    .forgotten_amount = database.forgotten,
                    .forgotten_history = database.forgotten_history,
                    .last_file = database.last_sequence};
  std::set<std::string> flows;
  for (const auto& [sequence, file] : database.files) {
    flows.insert(file.flow);
    table.units_done += file.row.units_done;
  }
  table.flows.assign(flows.begin(), flows.end());
  table.last_correction = database.corrections.empty() ? 0 : database.corrections.back().number;
  return table;
}

class Taking {
 public:
  Taking(MemoryDatabase& database, const CopiedTable& table)
      : database_(database), table_(table), copy_(database.key) {}

  Result<void> put(const CopiedTable& table);
  Result<void> put(const std::vector<CopiedFile>& files);
  Result<void> put(const std::vector<CopiedReject>& rejects);
  Result<void> put(const std::vector<CopiedTotal>& totals);
  Result<void> put(const std::vector<CopiedHistory>& rows);
  Result<void> put(const std::vector<Correction>& corrections);
  Result<CopyReceipt> finish();

 private:
  Result<std::int64_t> checked(const CopiedTotal& total);

  MemoryDatabase& database_;
  const CopiedTable& table_;
  MemoryDatabase copy_;
};

Result<void> Taking::put(const CopiedTable& table) {
  copy_.prepared = true;
  copy_.keeps_history = table.keeps_history || database_.keeps_history;
  copy_.last_sequence = std::max(table.last_file, database_.last_sequence);
  copy_.base = table.books.base;
  copy_.batches = table.books.batches;
  copy_.forgotten = table.forgotten_amount;
  copy_.forgotten_history = table.forgotten_history;
  return {};
}

Result<void> Taking::put(const std::vector<CopiedFile>& files) {
  for (const CopiedFile& file : files) {
    const FileRow& row = file.row;
    copy_.files.emplace(row.sequence, MemoryFile{file.flow, row, file.units});
    copy_.sequences.emplace(std::pair(file.flow, row.identity), row.sequence);
    if (row.state == FileState::done) {
      copy_.finished[{row.token.size, row.digest}].insert(row.sequence);
    }
  }
  return {};
}

Result<void> Taking::put(const std::vector<CopiedReject>& rejects) {
  for (const CopiedReject& kept : rejects) {
    copy_.rejects.emplace(std::tuple(kept.file, kept.unit, kept.reject.line_in_unit),
                          MemoryReject{.reject = kept.reject, .line = kept.line});
  }
  return {};
}

Result<std::int64_t> Taking::checked(const CopiedTotal& total) {
  if (!fits_int64(total.amount)) {
    return sum_does_not_fit(consumer_text(entry_of(total), copy_.key), 0, total.amount);
  }
  return static_cast<std::int64_t>(total.amount);
}

Result<void> Taking::put(const std::vector<CopiedTotal>& totals) {
  for (const CopiedTotal& total : totals) {
    TRY_ASSIGN(const std::int64_t amount, checked(total));
    copy_.totals.emplace(memory_key(entry_of(total), copy_.key), amount);
  }
  return {};
}

Result<void> Taking::put(const std::vector<CopiedHistory>& rows) {
  for (const CopiedHistory& row : rows) {
    TRY_ASSIGN(const std::int64_t amount, checked(row.added));
    copy_.history.emplace(MemoryHistoryKey(memory_key(entry_of(row.added), copy_.key), row.at,
                                           row.file, std::string(name(row.period))),
                          amount);
  }
  return {};
}

Result<void> Taking::put(const std::vector<Correction>& corrections) {
  copy_.corrections.insert(copy_.corrections.end(), corrections.begin(), corrections.end());
  return {};
}

Result<CopyReceipt> Taking::finish() {
  const Books books = books_of(copy_);
  if (books != table_.books) {
    return Error{ErrorKind::corrupt, "the copy is not what was read; nothing of it was kept"};
  }
  database_.prepared = true;
  database_.totals = std::move(copy_.totals);
  database_.files = std::move(copy_.files);
  database_.sequences = std::move(copy_.sequences);
  database_.finished = std::move(copy_.finished);
  database_.rejects = std::move(copy_.rejects);
  database_.keeps_history = copy_.keeps_history;
  database_.history = std::move(copy_.history);
  database_.corrections = std::move(copy_.corrections);
  database_.last_sequence = copy_.last_sequence;
  database_.base = copy_.base;
  database_.batches = copy_.batches;
  database_.forgotten = copy_.forgotten;
  database_.forgotten_history = copy_.forgotten_history;
  database_.copied_from = table_.incarnation;
  return CopyReceipt{.books = books};
}

Result<CopyReceipt> found_there(const MemoryDatabase& database, const CopiedTable& table) {
  Books books = books_of(database);
  if (books != table.books) {
    return Error{ErrorKind::invalid,
                 "the table was copied from there before, and one of the two has changed since"};
  }
  return CopyReceipt{.was_there = true, .books = std::move(books)};
}

}  // namespace

Books books_of(const MemoryDatabase& database) {
  Books books{.base = database.base,
              .batches = database.batches,
              .units = database.forgotten,
              .consumers = database.totals.size(),
              .files = database.files.size()};
  for (const auto& [key, amount] : database.totals) {
    books.totals.add(memory_entry(key, amount, database.key));
  }
  for (const auto& [sequence, file] : database.files) {
    books.units += file.row.sum;
    for (std::string& fault : ledger_faults(file.row, file.units)) {
      books.faults.push_back(std::move(fault));
    }
  }
  for (std::string& fault : history_faults(database)) {
    books.faults.push_back(std::move(fault));
  }
  return books;
}

std::vector<CopyPage> pages_of(const MemoryDatabase& database) {
  std::vector<CopyPage> pages = {table_of(database)};
  for (const auto& [sequence, file] : database.files) {
    add_row(pages, CopiedFile{.flow = file.flow,
                              .row = file.row,
                              .units = file.units,
                              .done_at = std::vector<Nanoseconds>(file.units.size())});
  }
  for (const auto& [place, kept] : database.rejects) {
    add_row(pages, CopiedReject{.file = std::get<0>(place),
                                .unit = std::get<1>(place),
                                .reject = kept.reject,
                                .line = kept.line});
  }
  for (const auto& [key, amount] : database.totals) {
    add_row(pages, copied_total(database, key, amount));
  }
  for (const auto& [place, amount] : database.history) {
    const auto& [key, at, file, period] = place;
    add_row(pages, CopiedHistory{.added = copied_total(database, key, amount),
                                 .at = at,
                                 .file = file,
                                 .period = period_from_name(period).value_or(Period::file)});
  }
  for (const Correction& correction : database.corrections) {
    add_row(pages, correction);
  }
  return pages;
}

Result<CopyReceipt> take_copy(MemoryDatabase& database, const std::vector<CopyPage>& pages) {
  CHECK(!pages.empty());
  const CopiedTable& table = std::get<CopiedTable>(pages.front());
  if (database.copied_from == table.incarnation) {
    return found_there(database, table);
  }
  if (!database.totals.empty() || !database.files.empty() || !database.corrections.empty()) {
    return Error{ErrorKind::invalid, "the table is in use already: a copy needs an empty one"};
  }
  Taking taking(database, table);
  for (const CopyPage& page : pages) {
    TRY(std::visit([&](const auto& rows) { return taking.put(rows); }, page));
  }
  return taking.finish();
}

}  // namespace weir
