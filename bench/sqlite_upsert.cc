// SPDX-License-Identifier: Apache-2.0
// The best upsert that was found by hand: sqlite_upsert DATABASE TOTALS ROWS PAGE_BYTES
// Adds sorted totals (`consumer total` lines, read before the clock starts) to the table usage, in
// one transaction: by ROWS a statement; 0: by one statement that selects them from a virtual table.
// WAL and synchronous=FULL, as weir has it. Prints `commit close`: seconds from BEGIN until COMMIT
// returned, and until the log was written back and the database closed.
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

struct Row {
  std::int64_t consumer;
  std::int64_t amount;
};

void check(int code, sqlite3* db) {
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
    std::fprintf(stderr, "sqlite_upsert: %s\n", sqlite3_errmsg(db));
    std::exit(1);
  }
}

void execute(sqlite3* db, const std::string& sql) {
  check(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), db);
}

sqlite3_stmt* prepared(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
        db);
  return statement;
}

const std::string on_conflict =
    " ON CONFLICT(consumer) DO UPDATE SET amount = usage.amount + excluded.amount";

std::string upsert_of(std::size_t rows) {
  std::string sql = "INSERT INTO usage(consumer, amount) VALUES (?, ?)";
  for (std::size_t i = 1; i < rows; ++i) {
    sql += ", (?, ?)";
  }
  return sql + on_conflict;
}

void by_values(sqlite3* db, const std::vector<Row>& rows, std::size_t each) {
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t count = std::min(each, rows.size() - at);
    sqlite3_stmt* statement = prepared(db, upsert_of(count));
    for (; rows.size() - at >= count; at += count) {
      int place = 0;
      for (std::size_t i = 0; i < count; ++i) {
        sqlite3_bind_int64(statement, ++place, rows[at + i].consumer);
        sqlite3_bind_int64(statement, ++place, rows[at + i].amount);
      }
      check(sqlite3_step(statement), db);
      check(sqlite3_reset(statement), db);
    }
    sqlite3_finalize(statement);
  }
}

// ---- the rows as a table that can be selected from

struct RowsTable {
  sqlite3_vtab base;
  const std::vector<Row>* rows;
};

struct RowsCursor {
  sqlite3_vtab_cursor base;
  const std::vector<Row>* rows;
  std::size_t at;
};

int rows_connect(sqlite3* db, void* rows, int, const char* const*, sqlite3_vtab** table, char**) {
  *table = &(new RowsTable{{}, static_cast<const std::vector<Row>*>(rows)})->base;
  return sqlite3_declare_vtab(db, "CREATE TABLE x(consumer INTEGER, amount INTEGER)");
}
int rows_disconnect(sqlite3_vtab* table) {
  delete reinterpret_cast<RowsTable*>(table);
  return SQLITE_OK;
}
int rows_plan(sqlite3_vtab*, sqlite3_index_info*) {
  return SQLITE_OK;
}
int rows_open(sqlite3_vtab* table, sqlite3_vtab_cursor** cursor) {
  *cursor = &(new RowsCursor{{}, reinterpret_cast<RowsTable*>(table)->rows, 0})->base;
  return SQLITE_OK;
}
int rows_close(sqlite3_vtab_cursor* cursor) {
  delete reinterpret_cast<RowsCursor*>(cursor);
  return SQLITE_OK;
}
int rows_filter(sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
  reinterpret_cast<RowsCursor*>(cursor)->at = 0;
  return SQLITE_OK;
}
int rows_next(sqlite3_vtab_cursor* cursor) {
  ++reinterpret_cast<RowsCursor*>(cursor)->at;
  return SQLITE_OK;
}
int rows_at_end(sqlite3_vtab_cursor* cursor) {
  const auto* at = reinterpret_cast<RowsCursor*>(cursor);
  return at->at >= at->rows->size();
}
int rows_column(sqlite3_vtab_cursor* cursor, sqlite3_context* context, int column) {
  const auto* at = reinterpret_cast<RowsCursor*>(cursor);
  const Row& row = (*at->rows)[at->at];
  sqlite3_result_int64(context, column == 0 ? row.consumer : row.amount);
  return SQLITE_OK;
}
int rows_number(sqlite3_vtab_cursor* cursor, sqlite3_int64* number) {
  *number = static_cast<sqlite3_int64>(reinterpret_cast<RowsCursor*>(cursor)->at);
  return SQLITE_OK;
}

void by_table(sqlite3* db, std::vector<Row>& rows) {
  static sqlite3_module module{};
  module.xConnect = rows_connect;
  module.xBestIndex = rows_plan;
  module.xDisconnect = rows_disconnect;
  module.xOpen = rows_open;
  module.xClose = rows_close;
  module.xFilter = rows_filter;
  module.xNext = rows_next;
  module.xEof = rows_at_end;
  module.xColumn = rows_column;
  module.xRowid = rows_number;
  check(sqlite3_create_module(db, "rows", &module, &rows), db);
  execute(db, "INSERT INTO usage SELECT consumer, amount FROM rows WHERE true" + on_conflict);
}

std::vector<Row> rows_of(const char* path) {
  std::vector<Row> rows;
  std::ifstream file(path);
  for (Row row{}; file >> row.consumer >> row.amount;) {
    rows.push_back(row);
  }
  return rows;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    return 2;
  }
  std::vector<Row> rows = rows_of(arguments[2]);
  const std::size_t each = std::strtoull(arguments[3], nullptr, 10);
  sqlite3* db = nullptr;
  check(sqlite3_open(arguments[1], &db), db);
  execute(db, std::string("PRAGMA page_size = ") + arguments[4]);
  execute(db, "PRAGMA journal_mode = WAL");
  execute(db, "PRAGMA synchronous = FULL");
  execute(db,
          "CREATE TABLE IF NOT EXISTS usage(consumer INTEGER PRIMARY KEY, "
          "amount INTEGER NOT NULL) STRICT");
  const auto begin = std::chrono::steady_clock::now();
  execute(db, "BEGIN IMMEDIATE");
  if (each == 0) {
    by_table(db, rows);
  } else {
    by_values(db, rows, each);
  }
  execute(db, "COMMIT");
  const double commit = seconds_since(begin);
  check(sqlite3_close(db), db);
  std::printf("%.6f %.6f\n", commit, seconds_since(begin));
}
