// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/check.h"
#include "base/stop.h"

namespace weir {
namespace {

Result<int> number(bool there) {
  if (!there) {
    return Error{.kind = ErrorKind::unavailable, .message = "disk full", .os_code = 28};
  }
  return 7;
}

Result<std::unique_ptr<int>> boxed(bool there) {
  TRY_ASSIGN(const int value, number(there));
  return std::make_unique<int>(value);
}

Result<void> nothing(bool there) {
  TRY(boxed(there));
  return {};
}

TEST(Result, AValueComesThroughTry) {
  EXPECT_EQ(*number(true), 7);
  EXPECT_EQ(**boxed(true), 7);
  EXPECT_TRUE(nothing(true));
}

TEST(Result, AnErrorComesThroughTryUnchanged) {
  const auto result = nothing(false);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(result.error().message, "disk full");
  EXPECT_EQ(result.error().os_code, 28);
}

TEST(Result, EachLayerAddsOnePhraseInFront) {
  const Error error = number(false).error().within("sqlite").within("commit unit 12 of day.txt");
  EXPECT_EQ(error.message, "commit unit 12 of day.txt: sqlite: disk full");
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
}

TEST(Check, ABrokenInvariantAbortsAndNamesItsPlace) {
  CHECK(1 + 1 == 2);
  EXPECT_DEATH(CHECK(1 + 1 == 3), "bug: .*result_test.cc:[0-9]+: CHECK\\(1 \\+ 1 == 3\\) failed");
}

TEST(Stop, OnceRequestedItStaysRequested) {
  Stop stop;
  EXPECT_FALSE(stop.requested());
  stop.request();
  EXPECT_TRUE(stop.requested());
}

}  // namespace
}  // namespace weir
