// SPDX-License-Identifier: Apache-2.0
#include "io/path.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace weir {
namespace {

TEST(Path, PartsAreJoinedWithOneSlash) {
  EXPECT_EQ(joined("/a", "b/c"), "/a/b/c");
  EXPECT_EQ(joined("/", "b"), "/b");
  EXPECT_EQ(joined("", "b"), "b");
  EXPECT_EQ(joined("/a", ""), "/a");
}

TEST(Path, ANameAndItsParentMakeThePathAgain) {
  for (const std::string path : {"/a", "/a/b", "a", "a/b", "/a/b/c"}) {
    EXPECT_EQ(joined(parent_of(path), last_name(path)), path);
  }
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(parent_of("a"), "");
  EXPECT_EQ(last_name("/a/b"), "b");
}

TEST(Path, AFolderHoldsWhatComesAfterASlashOnly) {
  EXPECT_TRUE(lies_within("/a/b", "/a"));
  EXPECT_TRUE(lies_within("/a", "/a"));
  EXPECT_TRUE(lies_within("/a", "/"));
  EXPECT_FALSE(lies_within("/ab", "/a"));
  EXPECT_FALSE(lies_within("/", "/a"));
  EXPECT_EQ(below("/a/b/c", "/a"), "b/c");
  EXPECT_EQ(below("/a", "/"), "a");
  EXPECT_EQ(below("/a", "/a"), "");
}

TEST(Path, WhatLeavesItsRootIsRefused) {
  for (const std::string path : {"..", "../a", "a/..", "a/../b", "/a", "/"}) {
    EXPECT_EQ(refusal_of_relative(path), EXDEV) << path;
  }
  for (const std::string path : {"", "a", "..a", "a..", "a/..b/c", "...", "a/b/"}) {
    EXPECT_EQ(refusal_of_relative(path), 0) << path;
  }
  EXPECT_EQ(refusal_of_relative(std::string("a\0b", 3)), EINVAL);
}

TEST(Path, WithoutDotsEachNameStandsOnce) {
  EXPECT_EQ(without_dots("/a//./b/"), "/a/b");
  EXPECT_EQ(without_dots("./a/.b/c."), "a/.b/c.");
  EXPECT_EQ(without_dots("/a/../b"), "/a/../b");
  EXPECT_EQ(without_dots("///"), "/");
  EXPECT_EQ(without_dots("."), "");
  EXPECT_EQ(without_dots(""), "");
}

}  // namespace
}  // namespace weir
