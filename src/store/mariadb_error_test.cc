// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

namespace weir {
namespace {

using ::testing::HasSubstr;

Error error_of(unsigned code) {
  return mariadb_error("mariadb://anna@h/billing", {.code = code, .words = "its words"});
}

// faults 67, 69, 71, 73
TEST(MariadbError, EveryClassIsToldApart) {
  struct Class {
    ErrorKind kind;
    std::vector<unsigned> codes;
  };
  const std::vector<Class> classes = {
      {ErrorKind::unavailable, {1205, 1213, 1062, 2006, 2013, 2055, 2002, 1040, 1053, 1077, 1078,
                                1079, 1290, 1836, 1021, 1114, 1317, 1927, 3058, 4031, 5013}},
      {ErrorKind::invalid, {1045, 1044, 1142, 1143, 1049, 1264, 1690, 1406, 1064, 1153}},
      {ErrorKind::corrupt, {1146, 1054, 1034, 1194}}};
  for (const Class& one : classes) {
    for (const unsigned code : one.codes) {
      EXPECT_EQ(error_of(code).kind, one.kind) << code;
    }
  }
}

TEST(MariadbError, WhatAPersonHasToDoIsSaid) {
  EXPECT_THAT(error_of(1045).message, HasSubstr("password"));
  EXPECT_THAT(error_of(1142).message, HasSubstr("grant"));
  EXPECT_THAT(error_of(1049).message, HasSubstr("CREATE DATABASE"));
  EXPECT_THAT(error_of(1153).message, HasSubstr("max_allowed_packet"));
  EXPECT_THAT(error_of(1290).message, HasSubstr("takes no writes"));
}

TEST(MariadbError, AFullDiskIsToldAsOne) {
  EXPECT_EQ(error_of(1021).os_code, ENOSPC);
  EXPECT_EQ(error_of(1114).os_code, ENOSPC);
  EXPECT_EQ(error_of(1205).os_code, 0);
}

TEST(MariadbError, AConnectionThatIsLostIsKnown) {
  for (const unsigned code : {2006U, 2013U, 2055U, 1053U, 1927U, 1290U, 5013U}) {
    EXPECT_TRUE(mariadb_connection_is_lost(code)) << code;
  }
  for (const unsigned code : {1205U, 1213U, 1062U, 1264U, 1146U}) {
    EXPECT_FALSE(mariadb_connection_is_lost(code)) << code;
  }
}

TEST(MariadbError, TheServersWordsAreEscaped) {
  const Error error = mariadb_error("h", {.code = 1064, .words = "near '\x1b[2J'"});
  EXPECT_THAT(error.message, HasSubstr("near"));
  EXPECT_EQ(error.message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace weir
