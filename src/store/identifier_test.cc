// SPDX-License-Identifier: Apache-2.0
#include "store/identifier.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(Identifier, NamesOfAnyLanguageAreAllowed) {
  for (const char* const name : {"usage", "Usage 2024", "daily-usage_3", "données", "消費"}) {
    EXPECT_TRUE(check_identifier("store.table", name)) << name;
  }
  EXPECT_TRUE(check_identifier("store.table", std::string(63, 'x')));
}

// fault 137
TEST(Identifier, WhatCouldEndAQuotationIsRefused) {
  for (const std::string& name :
       {std::string(), std::string("a\"b"), std::string("a'b"), std::string("a`b"),
        std::string("a;b"), std::string("a.b"), std::string("a\0b", 3), std::string("a\nb"),
        std::string("[a]"), std::string("a\\b"), std::string("a\xff"), std::string(64, 'x'),
        std::string("weir_file"), std::string("WEIR_unit"), std::string("sqlite_schema"),
        std::string("pg_class")}) {
    const auto checked = check_identifier("store.table", name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().kind, ErrorKind::invalid);
    EXPECT_EQ(checked.error().message.rfind("store.table = '", 0), 0u);
  }
}

// fault 137
TEST(Identifier, AQuotedNameCannotBeLeft) {
  EXPECT_EQ(quoted("usage"), "\"usage\"");
  EXPECT_EQ(quoted("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
}

}  // namespace
}  // namespace weir
