// SPDX-License-Identifier: Apache-2.0
#include "source/name_rules.h"

#include <gtest/gtest.h>

#include "support/hostile_names.h"

namespace weir {
namespace {

TEST(NameRules, NamesInUseWhileAFileIsWrittenAreTemporary) {
  for (const char* name :
       {".day.txt", ".day.txt.Xy12", "day.txt.tmp", "day.part", "day.filepart", "day._COPYING_"}) {
    EXPECT_EQ(reason_to_pass_over_file(name, "*"), "temporary name") << name;
    EXPECT_EQ(reason_to_pass_over_folder(name), "temporary name") << name;
  }
}

TEST(NameRules, ADatabaseIsNoInput) {
  for (const char* name :
       {"weir.db", "weir.db-wal", "weir.db-shm", "weir.db-journal", "weir.db.weir"}) {
    EXPECT_EQ(reason_to_pass_over_file(name, "*"), "database") << name;
    EXPECT_EQ(reason_to_pass_over_folder(name), "") << name;
  }
}

TEST(NameRules, WhatAFoldSpillsBesideItsInputIsNoInput) {
  EXPECT_EQ(reason_to_pass_over_folder("weir-spill-0123456789abcdef"), "spill folder");
  EXPECT_EQ(reason_to_pass_over_file("weir-spill-notes.txt", "*"), "");
}

TEST(NameRules, AllElseIsTaken) {
  for (const char* name :
       {"day.txt", "tmp", "part", "day.tmp.txt", "db", "day.db.gz", "-rf", "~"}) {
    EXPECT_EQ(reason_to_pass_over_file(name, "*"), "") << name;
  }
}

// fault 40
TEST(NameRules, AStarMatchesAnyBytes) {
  for (const std::string& name : testing::hostile_names()) {
    EXPECT_EQ(reason_to_pass_over_file("x" + name, "x*"), "");
    EXPECT_EQ(reason_to_pass_over_file("x" + name, "*"), "");
    EXPECT_EQ(reason_to_pass_over_file("x" + name, "y*"), "name does not match");
  }
  EXPECT_EQ(reason_to_pass_over_file("a\xff"
                                     "b",
                                     "a?b"),
            "");
}

TEST(NameRules, AMatchIsAShellPattern) {
  EXPECT_EQ(reason_to_pass_over_file("usage-01.txt", "usage-??.txt"), "");
  EXPECT_EQ(reason_to_pass_over_file("usage-01.txt", "usage-[0-9]*"), "");
  EXPECT_EQ(reason_to_pass_over_file("usage-x.txt", "usage-[0-9]*"), "name does not match");
  EXPECT_EQ(reason_to_pass_over_file("USAGE", "usage"), "name does not match");
  EXPECT_EQ(reason_to_pass_over_file("usage.gz", "*.txt"), "name does not match");
}

}  // namespace
}  // namespace weir
