// SPDX-License-Identifier: Apache-2.0
// A database of its own on the MariaDB server that WEIR_TEST_MARIADB names
// (mariadb://USER:PASSWORD@127.0.0.1:PORT/), and a hand of somebody else on it.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/check.h"
#include "store/mariadb_connection.h"
#include "store/mariadb_url.h"

namespace weir::testing {

// Up to the name of a database, with the last slash. Empty: there is none to test with.
inline std::string mariadb_server_url() {
  const char* const named = std::getenv("WEIR_TEST_MARIADB");
  const std::string url = named == nullptr ? "" : named;
  return url.substr(0, url.rfind('/') + 1);
}

inline constexpr const char* no_mariadb =
    "WEIR_TEST_MARIADB names no server (mariadb://USER:PASSWORD@127.0.0.1:PORT/)";

class MariadbHand {
 public:
  explicit MariadbHand(const std::string& url) {
    const auto place = mariadb_place(url);
    CHECK(place);
    constexpr Nanoseconds minute = 60'000'000'000;
    auto opened = MariadbConnection::open(*place, place->hosts.front(),
                                          {.connect = minute, .reply = minute, .lock = minute});
    CHECK(opened);
    connection_ = *std::move(opened);
    sql("SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES'");
  }

  // One statement; answers the first column of its last row, or the server's complaint.
  std::string sql(const std::string& statement) {
    connection_->forgive();
    if (!statement.starts_with("SELECT") && !statement.starts_with("SHOW")) {
      const auto done = connection_->execute(statement);
      return done ? "" : "error: " + done.error().message;
    }
    const auto rows = connection_->query(statement);
    if (!rows) {
      return "error: " + rows.error().message;
    }
    return rows->empty() ? "" : rows->back().front();
  }

 private:
  std::unique_ptr<MariadbConnection> connection_;
};

class MariadbDatabaseOfTest {
 public:
  MariadbDatabaseOfTest() : name_(next_name()), hand_(mariadb_server_url()) {
    CHECK(hand_.sql("CREATE DATABASE " + name_) == "");
    CHECK(hand_.sql("USE " + name_) == "");
  }
  ~MariadbDatabaseOfTest() { hand_.sql("DROP DATABASE IF EXISTS " + name_); }
  MariadbDatabaseOfTest(const MariadbDatabaseOfTest&) = delete;
  MariadbDatabaseOfTest& operator=(const MariadbDatabaseOfTest&) = delete;

  std::string url() const {  // the server's, with this database instead of its own
    const std::string server = mariadb_server_url();
    return server.substr(0, server.find('/', server.find("://") + 3)) + "/" + name_;
  }
  const std::string& name() const { return name_; }
  std::string sql(const std::string& statement) { return hand_.sql(statement); }

 private:
  static std::string next_name() {
    static std::atomic<int> count = 0;
    return "weir_test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
  }

  const std::string name_;
  MariadbHand hand_;
};

}  // namespace weir::testing
