// SPDX-License-Identifier: Apache-2.0
#include "store/postgres_error.h"

#include <gtest/gtest.h>

#include "store/postgres.h"

namespace weir {
namespace {

ErrorKind kind_of(std::string_view sqlstate) {
  return postgres_error("here", {.sqlstate = sqlstate, .words = "words"}).kind;
}

// faults 57, 61, 67, 68, 71, 73
TEST(PostgresError, TheKindSaysWhetherTryingAgainCanHelp) {
  // deadlock, serialization, lock wait, timeout, restart, shutdown, crash, starting up, replica,
  // full disk, too many connections, I/O error, somebody was first
  for (const auto* const code : {"", "40P01", "40001", "55P03", "57014", "57P01", "57P02", "57P03",
                                 "25006", "53100", "53300", "58030", "08006", "23505"}) {
    EXPECT_EQ(kind_of(code), ErrorKind::unavailable) << code;
  }
  for (const auto* const code : {"28P01", "28000", "3D000", "42501", "22003", "23514", "3F000"}) {
    EXPECT_EQ(kind_of(code), ErrorKind::invalid) << code;
  }
  for (const auto* const code : {"42P01", "42703", "XX001", "XX002", "ZZZZZ"}) {
    EXPECT_EQ(kind_of(code), ErrorKind::corrupt) << code;
  }
}

TEST(PostgresError, AConnectionIsGivenUpWhereTheServerIsNoLongerThere) {
  for (const auto* const code : {"", "57P01", "57P03", "25006", "08006"}) {
    EXPECT_TRUE(postgres_connection_is_lost(code)) << code;
  }
  for (const auto* const code : {"40P01", "40001", "22003", "42P01"}) {
    EXPECT_FALSE(postgres_connection_is_lost(code)) << code;
  }
}

TEST(PostgresError, TheMessageIsOneLineAndNamesARemedy) {
  const Error error = postgres_error(
      "here", {.sqlstate = "53300", .words = "too many\n\tclients\n", .detail = "of \x1b[31m"});
  EXPECT_EQ(error.message,
            "here: too many  clients (of \\x1b[31m); raise its max_connections, or close some");
}

// fault 141
TEST(PostgresError, APlaceShowsNoPassword) {
  EXPECT_EQ(postgres_place("postgresql://me:hunter2@host:5432/db"), "postgresql://me@host:5432/db");
  EXPECT_EQ(postgres_place("postgresql://host/db?password=hunter2"), "postgresql://host/db");
  EXPECT_EQ(postgres_place("postgresql://a:1,b:2/db"), "postgresql://a:1,b:2/db");
}

}  // namespace
}  // namespace weir
