// SPDX-License-Identifier: Apache-2.0
#include "app/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace weir {
namespace {

const std::vector<std::string> words = {"ingest", "init", "sum", "status", "name"};

TEST(Suggest, FindsSlipsOfTheFingers) {
  EXPECT_EQ(nearest("igest", words), "ingest");
  EXPECT_EQ(nearest("sttaus", words), "status");
  EXPECT_EQ(nearest("nmae", words), "name");
  EXPECT_EQ(nearest("sums", words), "sum");
}

TEST(Suggest, SaysNothingOfWhatIsFarAway) {
  EXPECT_EQ(nearest("frobnicate", words), "");
  EXPECT_EQ(nearest("xy", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(1 << 20, 'i'), words), "");
}

}  // namespace
}  // namespace weir
