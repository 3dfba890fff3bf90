// SPDX-License-Identifier: Apache-2.0
#include "app/flow_file.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

TEST(FlowFile, GivesKeysWithValuesAndPlacesInTheirOrder) {
  const auto entries = parse_flow_file(
      "name = \"x\"\n[store]\nurl = \"sqlite:a\"\n[fold]\n  entries = 5\n"
      "[source]\nurl = ['a', 'b']\n[rejects]\nmax_ratio = 0.5\n",
      "f");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 5U);
  EXPECT_EQ((*entries)[0].key, "name");
  EXPECT_EQ((*entries)[2].key, "fold.entries");
  EXPECT_EQ((*entries)[2].line, 5U);
  EXPECT_EQ((*entries)[2].column, 3U);
  EXPECT_EQ((*entries)[2].value.written, Written::whole);
  EXPECT_EQ((*entries)[3].value.texts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ((*entries)[4].value.written, Written::fraction);
}

TEST(FlowFile, NamesSectionsThatItDoesNotKnowOnce) {
  const auto entries = parse_flow_file("[queue]\nurl = 'x'\n[fold.more]\na = 1\n[fold]\n", "f");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].key, "queue");
  EXPECT_EQ((*entries)[1].key, "fold.more");
}

TEST(FlowFile, ValuesOfOtherKindsAreMarkedAsSuch) {
  for (const std::string value : {"1979-05-27", "07:32:00", "[1, 2]", "[['a']]", "{a = 1}"}) {
    const auto entries = parse_flow_file("x = " + value, "f");
    ASSERT_TRUE(entries) << value;
    ASSERT_EQ(entries->size(), 1U);
    EXPECT_EQ(entries->front().value.written, Written::other) << value;
  }
}

// fault 142
TEST(FlowFile, WhatIsNotTomlIsRefusedWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"a = ", "f:1:"},         {"a = 1\na = 2", "f:2:"},
      {"[a]\n[a]", "f:2:"},     {"a = \"x", "f:1:"},
      {"[&", "f:1:2: "},        {"x = é", "f:1:"},
      {"\n\né = 1", "f:3:1: "}, {"a = 1 b = 2", "f:1:"},
      {"\xff\xfe", "f:1:"},     {"a = 99999999999999999999", "f:1:"}};
  for (const auto& [text, place] : wrong) {
    const auto entries = parse_flow_file(text, "f");
    ASSERT_FALSE(entries) << text;
    EXPECT_EQ(entries.error().kind, ErrorKind::invalid);
    EXPECT_TRUE(entries.error().message.starts_with(place)) << entries.error().message;
  }
}

// fault 142
TEST(FlowFile, NestedBeyondTheLimitIsRefusedAndNoDeath) {
  const auto nested = [](std::size_t depth) {
    return "a = " + std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_flow_file(nested(flow_file_depth_max - 1), "f"));
  EXPECT_FALSE(parse_flow_file(nested(flow_file_depth_max + 1), "f"));
  EXPECT_FALSE(parse_flow_file(nested(100'000), "f"));
}

}  // namespace
}  // namespace weir
