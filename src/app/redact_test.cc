// SPDX-License-Identifier: Apache-2.0
#include "app/redact.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

// fault 141
TEST(Redact, TakesPasswordsOutOfUrlsWhateverIsInThem) {
  EXPECT_EQ(redacted("see postgresql://me:hunter2@host/db now"),
            "see postgresql://me:***@host/db now");
  EXPECT_EQ(redacted("a://u:p@ss:w/rd@h b://v:x@i"), "a://u:***@h b://v:***@i");
  EXPECT_EQ(redacted("amqp://:secret@host"), "amqp://:***@host");
  EXPECT_EQ(redacted("\"a://u:p@h\""), "\"a://u:***@h\"");
}

// fault 141
TEST(Redact, TakesTheValuesOfTellingNames) {
  EXPECT_EQ(redacted("host=h password=hunter2 user=u"), "host=h password=*** user=u");
  EXPECT_EQ(redacted("PASSWORD=a;b"), "PASSWORD=***");
  EXPECT_EQ(redacted("x?token=t&secret=s&n=1"), "x?token=***&secret=***&n=1");
  EXPECT_EQ(redacted("store.password=p"), "store.password=***");
}

TEST(Redact, LeavesTheRestAlone) {
  for (const std::string text :
       {"sqlite:weir.db", "http://host:8080/x", "mail a@b", "s3://bucket/a@b", "key=integer",
        "passwordless=1", "", "://", "a://@", "file:///a:b", "password="}) {
    EXPECT_EQ(redacted(text), text);
    EXPECT_FALSE(has_password(text));
  }
  EXPECT_TRUE(has_password("a://u:p@h"));
}

}  // namespace
}  // namespace weir
