// SPDX-License-Identifier: Apache-2.0
#include "app/location.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

std::string source(std::string_view url) {
  const auto path = path_of_source(url);
  return path ? *path : "refused";
}

std::string store(std::string_view url) {
  const auto location = location_of_store(url);
  if (!location) {
    return "refused";
  }
  return location->kind == StoreKind::sqlite ? location->path : "a server";
}

TEST(Location, OfASourceIsAPathOrAFileUrl) {
  EXPECT_EQ(source("usage"), "usage");
  EXPECT_EQ(source("/a%20b"), "/a%20b");
  EXPECT_EQ(source("file:///a%20b/%C3%A9"), "/a b/é");
  EXPECT_EQ(source("file://localhost/a"), "/a");
  EXPECT_EQ(source("./s3://x"), "./s3://x");
  for (const std::string wrong : {"", "file://host/a", "file://a", "file:///a%2", "file:///a%zz",
                                  "file:///%00", "s3://b/p", "sftp://h/d"}) {
    EXPECT_EQ(source(wrong), "refused") << wrong;
  }
}

TEST(Location, OfAStoreIsSqliteAndAPath) {
  EXPECT_EQ(store("sqlite:weir.db"), "weir.db");
  EXPECT_EQ(store("sqlite:/var/weir.db"), "/var/weir.db");
  EXPECT_EQ(store("sqlite:///var/weir.db"), "/var/weir.db");
  for (const std::string wrong : {"", "sqlite:", "sqlite://host/x", "cassandra://h/d", "sqlite"}) {
    EXPECT_EQ(store(wrong), "refused") << wrong;
  }
  EXPECT_EQ(store("postgresql://h/d"), "a server");
  EXPECT_EQ(store("mariadb://me@h/d"), "a server");
  EXPECT_EQ(store("mysql://me@h/d"), "a server");
  EXPECT_TRUE(location_of_store("usage.db").error().message.ends_with("\"sqlite:usage.db\"?"));
}

// fault 141
TEST(Location, OfAStoreWithAPasswordIsRefusedForThatAndDoesNotShowIt) {
  for (const std::string url : {"postgresql://me:hunter2@host/db", "mariadb://me:hunter2@host/db",
                                "sqlite://me:hunter2@x"}) {
    const auto path = location_of_store(url);
    ASSERT_FALSE(path);
    EXPECT_NE(path.error().message.find("holds a password"), std::string::npos);
    EXPECT_EQ(path.error().message.find("hunter2"), std::string::npos);
  }
}

TEST(Location, BelowAFolderIsWhereARelativePathStarts) {
  EXPECT_EQ(source_below("/conf", "in"), "/conf/in");
  EXPECT_EQ(source_below("/conf", "../in"), "/conf/../in");
  EXPECT_EQ(source_below("/conf", "/in"), "/in");
  EXPECT_EQ(source_below("/conf", "file:///in"), "file:///in");
  EXPECT_EQ(source_below("", "in"), "in");
  EXPECT_EQ(store_below("/conf", "sqlite:a.db"), "sqlite:/conf/a.db");
  EXPECT_EQ(store_below("/conf", "sqlite:/a.db"), "sqlite:/a.db");
}

}  // namespace
}  // namespace weir
