// SPDX-License-Identifier: Apache-2.0
// The best upsert that was found by hand: sqlite_upsert DATABASE TOTALS ROWS PAGE_BYTES
// Adds sorted totals (`consumer total` lines, read before the clock starts) to the table usage, in
// one transaction, by ROWS a statement. WAL and synchronous=FULL, as weir has it. Prints `commit
// close`: seconds from BEGIN until COMMIT returned, and until the log was written back and the
// database closed. Measured and no faster: one statement that selects all rows from a virtual table
// in memory; 4, 8, 16 and 64 KiB pages; a statement a row takes twice as long.
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

void upsert(sqlite3* db, const std::vector<Row>& rows, std::size_t each) {
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
  const std::vector<Row> rows = rows_of(arguments[2]);
  const std::size_t each = std::strtoull(arguments[3], nullptr, 10);
  sqlite3* db = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  check(sqlite3_open_v2(arguments[1], &db, flags, nullptr), db);
  execute(db, std::string("PRAGMA page_size = ") + arguments[4]);
  execute(db, "PRAGMA journal_mode = WAL");
  execute(db, "PRAGMA synchronous = FULL");
  execute(db, "PRAGMA secure_delete = OFF");
  execute(db, "PRAGMA temp_store = MEMORY");
  execute(db, "PRAGMA cache_size = -8192");
  execute(db,
          "CREATE TABLE IF NOT EXISTS usage(consumer INTEGER PRIMARY KEY, "
          "amount INTEGER NOT NULL) STRICT");
  const auto begin = std::chrono::steady_clock::now();
  execute(db, "BEGIN IMMEDIATE");
  upsert(db, rows, each);
  execute(db, "COMMIT");
  const double commit = seconds_since(begin);
  check(sqlite3_close(db), db);
  std::printf("%.6f %.6f\n", commit, seconds_since(begin));
}
