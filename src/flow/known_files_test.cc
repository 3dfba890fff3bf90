// SPDX-License-Identifier: Apache-2.0
#include "flow/known_files.h"

#include <gtest/gtest.h>

#include <string>

#include "support/manual_clock.h"

namespace weir {
namespace {

SourceObject object(const std::string& path, std::uint64_t size = 1) {
  return {.identity = "path:" + path,
          .path = path,
          .token = {.size = size, .inode = 7, .modified = 1000}};
}

class KnownFilesTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  const std::unique_ptr<Random> random_ = seeded_random(1);
  KnownFiles known_{clock_, *random_};
};

TEST_F(KnownFilesTest, AFileIsKnownByItsPathAndVersion) {
  known_.insert(object("/in/a"));
  EXPECT_TRUE(known_.contains(object("/in/a")));
  EXPECT_FALSE(known_.contains(object("/in/b")));
  EXPECT_FALSE(known_.contains(object("/in/a", 2)));
  SourceObject other = object("/in/a");
  other.token.inode = 8;
  EXPECT_FALSE(known_.contains(other));
  other = object("/in/a");
  other.token.modified = 1001;
  EXPECT_FALSE(known_.contains(other));
  other = object("/in/a");
  other.token.tag = "etag";
  EXPECT_FALSE(known_.contains(other));
}

TEST_F(KnownFilesTest, OneThatIsKnownAlreadyCountsOnce) {
  known_.insert(object("/in/a"));
  known_.insert(object("/in/a"));
  EXPECT_EQ(known_.size(), 1U);
}

TEST_F(KnownFilesTest, AllOfManyAreKnownAndNoOthersAre) {
  constexpr int count = 100'000;
  for (int i = 0; i < count; ++i) {
    known_.insert(object(std::to_string(i)));
  }
  EXPECT_EQ(known_.size(), std::size_t{count});
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(known_.contains(object(std::to_string(i)))) << i;
    ASSERT_FALSE(known_.contains(object(std::to_string(count + i)))) << i;
  }
}

TEST_F(KnownFilesTest, NothingIsKnownOnceItIsForgotten) {
  known_.insert(object("/in/a"));
  known_.forget();
  EXPECT_FALSE(known_.contains(object("/in/a")));
  EXPECT_EQ(known_.size(), 0U);
}

TEST_F(KnownFilesTest, AllIsForgottenWithinAnHour) {
  known_.insert(object("/in/a"));
  clock_.set(clock_.monotonic() + known_files_kept_for - 1);
  EXPECT_TRUE(known_.contains(object("/in/a")));
  clock_.set(clock_.monotonic() + 1);
  EXPECT_FALSE(known_.contains(object("/in/a")));
}

TEST_F(KnownFilesTest, BeyondTheLimitNothingMoreIsRemembered) {
  for (std::size_t i = 0; i < known_files_max; ++i) {
    known_.insert(object(std::to_string(i)));
  }
  known_.insert(object("/in/a"));
  EXPECT_EQ(known_.size(), known_files_max);
  EXPECT_FALSE(known_.contains(object("/in/a")));
  EXPECT_TRUE(known_.contains(object("0")));
}

}  // namespace
}  // namespace weir
