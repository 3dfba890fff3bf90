// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Tls = MariadbPlace::Tls;

MariadbPlace place_of(std::string_view url) {
  auto place = mariadb_place(url);
  EXPECT_TRUE(place) << url;
  return place ? *place : MariadbPlace();
}

TEST(MariadbUrl, AllPartsAreRead) {
  const MariadbPlace place = place_of("mariadb://anna:secret@db.example:3307/billing");
  EXPECT_EQ(place.user, "anna");
  EXPECT_EQ(place.password, "secret");
  EXPECT_THAT(place.hosts, ElementsAre(MariadbHost{"db.example", 3307}));
  EXPECT_EQ(place.database, "billing");
  EXPECT_EQ(place.tls, Tls::verify);
}

TEST(MariadbUrl, MysqlIsTheSame) {
  EXPECT_EQ(place_of("mysql://anna@h/billing").shown(), "mariadb://anna@h/billing");
}

TEST(MariadbUrl, SeveralHostsStayInOrder) {
  EXPECT_THAT(
      place_of("mariadb://a@h1,h2:3307,[::1]:3308/b").hosts,
      ElementsAre(MariadbHost{"h1", 3306}, MariadbHost{"h2", 3307}, MariadbHost{"::1", 3308}));
}

TEST(MariadbUrl, PartsMayBeEncoded) {
  const MariadbPlace place = place_of("mariadb://an%40na:p%2Fw%25@h/bil%20ling");
  EXPECT_EQ(place.user, "an@na");
  EXPECT_EQ(place.password, "p/w%");
  EXPECT_EQ(place.database, "bil ling");
}

TEST(MariadbUrl, ThePasswordIsNeverShown) {
  const std::string url = "mariadb://anna:secret@h1,h2:3307/billing";
  EXPECT_EQ(place_of(url).shown(), "mariadb://anna@h1,h2:3307/billing");
  for (const char* const behind : {"?ssl=maybe", "?colour=red", "/more", "?ssl_ca=%zz"}) {
    const auto refused = mariadb_place(url + behind);
    ASSERT_FALSE(refused) << behind;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_THAT(refused.error().message, Not(HasSubstr("secret"))) << behind;
  }
}

// fault 74
TEST(MariadbUrl, AWayThatLeavesThisMachineIsVerifiedUnlessItIsSaidOtherwise) {
  EXPECT_EQ(place_of("mariadb://a@localhost,127.0.0.1:3307,[::1]/b").tls, Tls::off);
  EXPECT_EQ(place_of("mariadb://a@localhost,db/b").tls, Tls::verify);
  EXPECT_EQ(place_of("mariadb://a@db/b?ssl=off").tls, Tls::off);
}

TEST(MariadbUrl, TlsThatIsAskedForVerifies) {
  EXPECT_EQ(place_of("mariadb://a@h/b?ssl=on").tls, Tls::verify);
  EXPECT_EQ(place_of("mariadb://a@h/b?ssl=verify").tls, Tls::verify);
  EXPECT_EQ(place_of("mariadb://a@h/b?ssl_ca=/etc/ca.pem").tls, Tls::verify);
  EXPECT_EQ(place_of("mariadb://a@h/b?ssl_ca=/etc/ca.pem").authorities, "/etc/ca.pem");
  EXPECT_EQ(place_of("mariadb://a@h/b?ssl=trust").tls, Tls::trust);
  EXPECT_EQ(place_of("mariadb://a@h/b?ssl=off").tls, Tls::off);
}

TEST(MariadbUrl, WhatIsNoUrlIsRefused) {
  for (const char* const url :
       {"", "mariadb://", "postgresql://a@h/b", "mariadb://h/b", "mariadb://@h/b", "mariadb://a@/b",
        "mariadb://a@h:0/b", "mariadb://a@h:99999/b", "mariadb://a@h:x/b", "mariadb://a@h:/b",
        "mariadb://a@[::1]x/b", "mariadb://a%00@h/b", "mariadb://a@h/b%2",
        "mariadb://a@1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17/b"}) {
    EXPECT_FALSE(mariadb_place(url)) << url;
  }
}

}  // namespace
}  // namespace weir
