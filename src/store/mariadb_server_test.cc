// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using ::testing::HasSubstr;
using Durability = MariadbStoreOptions::Durability;

MariadbVariables sound() {
  return {{"version", "10.11.6-MariaDB-0+deb12u1"},
          {"sql_mode", "ANSI_QUOTES,STRICT_ALL_TABLES,NO_ZERO_DATE"},
          {"autocommit", "ON"},
          {"character_set_client", "utf8mb4"},
          {"innodb_flush_log_at_trx_commit", "1"},
          {"read_only", "OFF"},
          {"wsrep_on", "OFF"},
          {"lower_case_table_names", "0"},
          {"max_allowed_packet", "16777216"}};
}

MariadbVariables with(const std::string& name, const std::string& value) {
  MariadbVariables variables = sound();
  variables[name] = value;
  return variables;
}

Result<MariadbServer> check(const MariadbVariables& variables, const MariadbDemand& demand = {}) {
  return check_mariadb_server("mariadb://a@h/b", variables, demand);
}

void expect_refused(const MariadbVariables& variables, ErrorKind kind, const std::string& word) {
  const auto refused = check(variables);
  ASSERT_FALSE(refused) << word;
  EXPECT_EQ(refused.error().kind, kind) << word;
  EXPECT_THAT(refused.error().message, HasSubstr(word));
}

TEST(MariadbServer, ASoundOneIsTaken) {
  const auto server = check(sound());
  ASSERT_TRUE(server);
  EXPECT_TRUE(server->is_mariadb);
  EXPECT_FALSE(server->folds_names);
  EXPECT_EQ(server->packet_bytes, 16777216U);
}

TEST(MariadbServer, MysqlIsToldByItsVersion) {
  const auto server = check(with("version", "8.0.36-0ubuntu0.22.04.1"));
  ASSERT_TRUE(server);
  EXPECT_FALSE(server->is_mariadb);
}

TEST(MariadbServer, AnOldOneIsRefused) {
  expect_refused(with("version", "10.4.34-MariaDB"), ErrorKind::invalid, "10.5");
  expect_refused(with("version", "5.7.44"), ErrorKind::invalid, "8.0");
}

// fault 72
TEST(MariadbServer, WhatChangesValuesSilentlyIsRefused) {
  expect_refused(with("sql_mode", "ANSI_QUOTES"), ErrorKind::invalid, "STRICT_ALL_TABLES");
  expect_refused(with("sql_mode", "STRICT_ALL_TABLES"), ErrorKind::invalid, "ANSI_QUOTES");
  expect_refused(with("autocommit", "OFF"), ErrorKind::invalid, "autocommit");
  expect_refused(with("character_set_client", "latin1"), ErrorKind::invalid, "utf8mb4");
}

TEST(MariadbServer, OneThatMayLoseCommitsIsRefusedUnlessThatIsWanted) {
  for (const char* const flush : {"0", "2"}) {
    const auto variables = with("innodb_flush_log_at_trx_commit", flush);
    expect_refused(variables, ErrorKind::invalid, "SET GLOBAL");
    EXPECT_TRUE(check(variables, {.durability = Durability::relaxed}));
    EXPECT_TRUE(check(variables, {.writes = false}));
  }
  EXPECT_TRUE(check(with("innodb_flush_log_at_trx_commit", "3")));
}

// fault 71
TEST(MariadbServer, AReplicaIsReadAndNotWritten) {
  expect_refused(with("read_only", "ON"), ErrorKind::unavailable, "read_only");
  EXPECT_TRUE(check(with("read_only", "ON"), {.writes = false}));
}

TEST(MariadbServer, AGaleraNodeIsRefused) {
  expect_refused(with("wsrep_on", "ON"), ErrorKind::invalid, "Galera");
}

}  // namespace
}  // namespace weir
