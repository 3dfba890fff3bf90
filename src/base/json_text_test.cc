// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

// faults 40, 138 (texts in JSON)
TEST(JsonText, IsQuotedAndHoldsNothingThatSteersATerminal) {
  EXPECT_EQ(json_text("a\"b\\c\n\t\x1b\x7f"), R"("a\"b\\c\n\t\u001b\u007f")");
  EXPECT_EQ(json_text("zoë 漢 😀"), "\"zoë 漢 😀\"");
  EXPECT_EQ(json_text("\xc2\x9b"), R"("\u009b")");
  EXPECT_EQ(json_text("\u202Etxt.exe\u2028"), R"("\u202etxt.exe\u2028")");
  EXPECT_EQ(json_text(std::string("\0", 1)), R"("\u0000")");
  EXPECT_EQ(json_text("\xff"), R"("\\xff")");  // what is not UTF-8 is shown, not passed on
}

}  // namespace
}  // namespace weir
