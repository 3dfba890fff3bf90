// SPDX-License-Identifier: Apache-2.0
#include "model/partial.h"

#include <gtest/gtest.h>

#include <vector>

namespace weir {
namespace {

ControlSum control_of(const std::vector<SumEntry>& entries) {
  ControlSum control;
  for (const SumEntry& entry : entries) {
    control.add(entry);
  }
  return control;
}

TEST(ControlSum, ItDoesNotDependOnTheOrder) {
  EXPECT_EQ(control_of({{.id = 1, .sum = 10}, {.id = 2, .sum = 20}}),
            control_of({{.id = 2, .sum = 20}, {.id = 1, .sum = 10}}));
}

TEST(ControlSum, PartsOfASumWeighAsMuchAsTheWhole) {
  EXPECT_EQ(control_of({{.id = 7, .sum = 10}, {.id = 7, .sum = -3}}),
            control_of({{.id = 7, .sum = 7}}));
}

TEST(ControlSum, ItSeesAnAmountAtTheWrongKey) {
  const ControlSum right = control_of({{.id = 1, .sum = 10}, {.id = 2, .sum = 20}});
  const ControlSum wrong = control_of({{.id = 1, .sum = 11}, {.id = 2, .sum = 19}});
  EXPECT_EQ(right.amount, wrong.amount);
  EXPECT_NE(right.keyed, wrong.keyed);
}

TEST(ControlSum, TheTextSevenIsNotTheNumberSeven) {
  EXPECT_NE(control_of({{.id = 7, .sum = 1}}), control_of({{.text = "7", .sum = 1}}));
}

TEST(ControlSum, ControlSumsOfPartialsAddUp) {
  ControlSum sum = control_of({{.id = 1, .sum = 10}});
  sum += control_of({{.text = "b", .sum = 5}});
  EXPECT_EQ(sum, control_of({{.id = 1, .sum = 10}, {.text = "b", .sum = 5}}));
}

TEST(ControlSum, NegativeAndWideSumsAreExact) {
  const Int128 wide = Int128{1} << 100;
  EXPECT_EQ(control_of({{.id = 1, .sum = wide}, {.id = 1, .sum = -wide}}), ControlSum{});
}

TEST(ControlSum, ItsValueIsStableForItIsStored) {
  EXPECT_EQ(to_hex(control_of({{.id = 1, .sum = 1}}).keyed), "00000000000000002fbc593564db792e");
  EXPECT_EQ(to_hex(control_of({{.text = "a", .sum = 1}}).keyed),
            "0000000000000000e6c632b61e964e1f");
}

}  // namespace
}  // namespace weir
