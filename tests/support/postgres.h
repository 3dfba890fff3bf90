// SPDX-License-Identifier: Apache-2.0
// A schema of its own on the PostgreSQL server that WEIR_TEST_POSTGRES names, and a hand of
// somebody else on it.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/check.h"
#include "store/postgres_connection.h"

namespace weir::testing {

// Empty: there is none to test with.
inline std::string postgres_server_url() {
  const char* const named = std::getenv("WEIR_TEST_POSTGRES");
  return named == nullptr ? "" : named;
}

class PostgresSchemaOfTest {
 public:
  PostgresSchemaOfTest() : name_(next_name()), hand_(connect(postgres_server_url())) {
    make();
    CHECK(hand_->execute("SET search_path = " + name_));
  }
  ~PostgresSchemaOfTest() {
    static_cast<void>(hand_->execute("SET client_min_messages = error"));
    static_cast<void>(hand_->execute("DROP SCHEMA IF EXISTS " + name_ + " CASCADE"));
  }
  PostgresSchemaOfTest(const PostgresSchemaOfTest&) = delete;
  PostgresSchemaOfTest& operator=(const PostgresSchemaOfTest&) = delete;

  // The server's, with this schema as the one that is looked at; `more`: further options, each
  // after a blank.
  std::string url(const std::string& more = "") const {
    const std::string server = postgres_server_url();
    return server + (server.find('?') == std::string::npos ? "?" : "&") +
           "options=-csearch_path%3D" + name_ + more;
  }
  PostgresConnection& hand() { return *hand_; }
  void empty() {
    CHECK(hand_->execute("DROP SCHEMA " + name_ + " CASCADE"));
    make();
  }

 private:
  static std::unique_ptr<PostgresConnection> connect(const std::string& url) {
    auto opened = PostgresConnection::open({.clock = &system_clock(),
                                            .url = url,
                                            .place = "the server",
                                            .reply_wait = 60'000'000'000,
                                            .lock_wait = 0});
    CHECK(opened);
    return *std::move(opened);
  }
  static std::string next_name() {
    static std::atomic<int> count = 0;
    return "weir_test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
  }
  void make() { CHECK(hand_->execute("CREATE SCHEMA " + name_)); }

  const std::string name_;
  const std::unique_ptr<PostgresConnection> hand_;
};

}  // namespace weir::testing
