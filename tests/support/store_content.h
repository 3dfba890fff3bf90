// SPDX-License-Identifier: Apache-2.0
// All that the reading calls of a store tell, as text: two stores that hold the same tell the same.
#pragma once

#include <string>

#include "base/text.h"
#include "support/store_cases.h"

namespace weir::testing {

inline std::string text_of(const FileRow& row) {
  std::string text = std::to_string(row.sequence) + " " + row.identity + " " + row.path;
  const auto add = [&text](Int128 number) { text += " " + to_text(number); };
  add(static_cast<Int128>(row.token.size));
  add(static_cast<Int128>(row.token.inode));
  add(row.token.modified);
  text += " " + row.token.tag + " " + std::string(name(row.plan.compression)) + " " +
          to_text(row.plan.format);
  add(static_cast<Int128>(row.plan.unit_bytes));
  add(row.epoch);
  text += " " + std::string(name(row.state)) + " " + row.reason;
  for (const Int128 number :
       {Int128{row.accepted_at}, Int128{row.finished_at}, Int128{row.units}, Int128{row.units_done},
        Int128(row.counts.good), Int128(row.counts.rejected), Int128(row.counts.blank), row.sum}) {
    add(number);
  }
  text +=
      " " + to_hex(row.digest) + " " + std::string(name(row.release)) + " " + row.release_target;
  for (const Int128 number : {Int128{row.final_newline}, Int128{row.released_at},
                              Int128{row.history}, Int128{row.rolled_up}, Int128{row.replaces}}) {
    add(number);
  }
  return text + "\n";
}

inline std::string text_of(const UnitRow& unit) {
  return "  unit " + std::to_string(unit.id.epoch) + "/" + std::to_string(unit.id.number) + " " +
         std::to_string(unit.range.begin) + "-" + std::to_string(unit.range.end) + " " +
         (unit.state == UnitState::done ? "done " : "pending ") + std::to_string(unit.counts.good) +
         " " + std::to_string(unit.counts.rejected) + " " + to_text(unit.sum) + " " +
         to_hex(unit.digest) + "\n";
}

inline std::string files_of(Store& store) {
  std::string text;
  const auto files = store.listings().files({.rows_max = 100'000});
  CHECK(files);
  for (const FileRow& row : *files) {
    text += text_of(row);
    const auto units = store.ledger().units(row.sequence);
    CHECK(units);
    for (const UnitRow& unit : *units) {
      text += text_of(unit);
    }
  }
  return text;
}

inline std::string rejects_of(Store& store) {
  std::string text;
  const auto rejects = store.listings().rejects(0, 0, 100'000);
  CHECK(rejects);
  for (const RejectRow& row : *rejects) {
    text += row.path + " " + std::to_string(row.file) + " " + std::to_string(row.unit) + " " +
            std::to_string(row.reject.line_in_unit) + " " + std::to_string(row.reject.offset) +
            " " + std::string(name(row.reject.reason)) + " " + row.reject.text + " line " +
            (row.line ? std::to_string(*row.line) : "?") + "\n";
  }
  return text;
}

inline std::string corrections_of(Store& store) {
  std::string text;
  const auto corrections = store.corrections().list(0, 100'000);
  CHECK(corrections);
  for (const Correction& one : *corrections) {
    text += std::to_string(one.number) + " " + std::to_string(one.at) + " " + one.flow + " " +
            std::string(name(one.action)) + " " + std::to_string(one.file) + " " + one.path + " " +
            one.why + " " + std::to_string(one.keys) + " " + to_text(one.amount) + "\n";
  }
  return text;
}

// Of every n-th consumer: its total and its history.
inline std::string sums_of(Store& store, std::size_t every) {
  std::string text;
  const auto totals = totals_of(store);
  CHECK(totals);
  std::size_t number = 0;
  for (const auto& [key, total] : *totals) {
    const std::string consumer = key.text.empty() ? std::to_string(key.id) : key.text;
    text += consumer + " " + to_text(total) + "\n";
    const auto rows = number++ % every == 0 ? store.history().of_consumer({.consumer = consumer})
                                            : std::vector<HistoryRow>();
    for (const HistoryRow& row : rows ? *rows : std::vector<HistoryRow>()) {
      text += "  " + std::to_string(row.at) + " " + std::to_string(row.file) + " " +
              std::string(name(row.period)) + " " + row.path + " " + to_text(row.amount) + "\n";
    }
  }
  return text;
}

inline std::string books_of(Store& store) {
  const auto books = store.audit().books();
  CHECK(books);
  std::string text;
  for (const ControlSum& sum : {books->base, books->totals, books->batches}) {
    text += to_text(sum.amount) + "/" + to_hex(sum.keyed) + " ";
  }
  return text + to_text(books->units) + " " + std::to_string(books->files) +
         (books->faults.empty() ? "" : " " + books->faults.front()) + "\n";
}

inline std::string content_of(Store& store) {
  return books_of(store) + files_of(store) + rejects_of(store) + corrections_of(store) +
         sums_of(store, 37);
}

}  // namespace weir::testing
