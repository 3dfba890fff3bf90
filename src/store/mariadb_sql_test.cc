// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MariadbSql, PlainMarksStayInOrder) {
  const MariadbSql sql = mariadb_sql("SELECT a FROM t WHERE b = ? AND c > ?");
  EXPECT_EQ(sql.text, "SELECT a FROM t WHERE b = ? AND c > ?");
  EXPECT_THAT(sql.values, ElementsAre(0, 1));
  EXPECT_EQ(sql.values_count, 2U);
}

TEST(MariadbSql, NumberedMarksAreGivenTheirValues) {
  const MariadbSql sql = mariadb_sql("SET s = ?2 WHERE n = ?1 AND (s > ?2 OR u > ?12)");
  EXPECT_EQ(sql.text, "SET s = ? WHERE n = ? AND (s > ? OR u > ?)");
  EXPECT_THAT(sql.values, ElementsAre(1, 0, 1, 11));
  EXPECT_EQ(sql.values_count, 12U);
}

// fault 137
TEST(MariadbSql, MarksWithinQuotesAreText) {
  const MariadbSql sql = mariadb_sql("SELECT 'it''s ?', \"a\"\"?\" FROM t WHERE b = ?");
  EXPECT_EQ(sql.text, "SELECT 'it''s ?', \"a\"\"?\" FROM t WHERE b = ?");
  EXPECT_THAT(sql.values, ElementsAre(0));
}

TEST(MariadbSql, NoMarksAreNoValues) {
  EXPECT_THAT(mariadb_sql("COMMIT").values, IsEmpty());
  EXPECT_EQ(mariadb_sql("COMMIT").values_count, 0U);
}

}  // namespace
}  // namespace weir
