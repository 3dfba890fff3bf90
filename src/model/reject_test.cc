// SPDX-License-Identifier: Apache-2.0
#include "model/reject.h"

#include <gtest/gtest.h>

#include <set>

namespace weir {
namespace {

constexpr int reasons = static_cast<int>(RejectReason::line_too_long) + 1;

TEST(RejectReason, EveryReasonIsReadBackFromItsName) {
  for (int i = 0; i < reasons; ++i) {
    const auto reason = static_cast<RejectReason>(i);
    EXPECT_EQ(reject_reason_from_name(name(reason)), reason);
  }
  EXPECT_EQ(reject_reason_from_name("no_such_reason"), std::nullopt);
}

TEST(RejectReason, NamesAreStable) {
  EXPECT_EQ(name(RejectReason::missing_consumer), "missing_consumer");
  EXPECT_EQ(name(RejectReason::amount_too_large), "amount_too_large");
  EXPECT_EQ(name(RejectReason::line_too_long), "line_too_long");
}

TEST(RejectReason, EveryReasonHasAnExplanationOfItsOwn) {
  std::set<std::string_view> explanations;
  for (int i = 0; i < reasons; ++i) {
    explanations.insert(explain(static_cast<RejectReason>(i)));
  }
  EXPECT_EQ(explanations.size(), static_cast<std::size_t>(reasons));
  EXPECT_FALSE(explanations.contains(""));
}

}  // namespace
}  // namespace weir
