// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_connection.h"

#include <gtest/gtest.h>

#include <string>

#include "support/temporary_folder.h"

namespace weir {
namespace {

TEST(SqliteConnectionTest, AStatementThatComesOftenIsKeptHoweverManyOthersCameOnce) {
  const testing::TemporaryFolder folder;
  const auto db =
      SqliteConnection::open({.path = folder / "a.db", .mode = SqliteConnection::Mode::write});
  ASSERT_TRUE(db);
  constexpr int others = 300;  // more than are kept
  for (int i = 0; i < others; ++i) {
    EXPECT_EQ(*(*db)->integer_of("SELECT " + std::to_string(i)), i);
  }
  for (int i = 0; i < others; ++i) {
    EXPECT_EQ(*(*db)->text_of("SELECT 'for every file'"), "for every file");
  }
  EXPECT_EQ((*db)->statements_made(), others + 1U);
}

}  // namespace
}  // namespace weir
