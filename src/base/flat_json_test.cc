// SPDX-License-Identifier: Apache-2.0
#include "base/flat_json.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json_text.h"
#include "base/text.h"

namespace weir {
namespace {

TEST(FlatJson, HasTextsWholeNumbersTruthsAndNulls) {
  const auto object =
      flat_json(R"( {"a": "x\ny", "b": -5, "c": true, "d": null, "": "\ud83d\ude00"} )");
  ASSERT_TRUE(object);
  EXPECT_EQ(text_in(*object, "a"), "x\ny");
  EXPECT_EQ(whole_in(*object, "b"), -5);
  EXPECT_TRUE(truth_in(*object, "c"));
  EXPECT_EQ(text_in(*object, ""), "😀");
  EXPECT_TRUE(object->contains("d"));
  EXPECT_FALSE(truth_in(*object, "d") || truth_in(*object, "e"));
  EXPECT_FALSE(text_in(*object, "b") || whole_in(*object, "a") || text_in(*object, "e"));
}

TEST(FlatJson, WholeNumbersAreExactOrRefused) {
  const auto exact = flat_json(R"({"least": -9223372036854775808, "most": 9223372036854775807})");
  ASSERT_TRUE(exact);
  EXPECT_EQ(whole_in(*exact, "least"), INT64_MIN);
  EXPECT_EQ(whole_in(*exact, "most"), INT64_MAX);
  for (const char* const number : {"9223372036854775808", "1e3", "1.0", "-0.5", "1e400"}) {
    EXPECT_FALSE(flat_json("{\"n\": " + std::string(number) + "}")) << number;
  }
}

// fault 140 (what a socket may be told)
TEST(FlatJson, WhatIsNoFlatObjectIsRefused) {
  for (const std::string line : {"",
                                 " ",
                                 "1",
                                 "\"a\"",
                                 "[]",
                                 "[{}]",
                                 "{",
                                 "{}{}",
                                 "{} x",
                                 "{\"a\"}",
                                 "{\"a\": }",
                                 "{a: 1}",
                                 "{'a': 1}",
                                 "{\"a\": 1,}",
                                 "{\"a\": NaN}",
                                 "{\"a\": \"\\x\"}",
                                 "{\"a\": \"\\ud800\"}",
                                 "{\"a\": \"\xff\"}",
                                 "{\"a\": \"\n\"}",
                                 "{\"a\": {}}",
                                 "{\"a\": []}",
                                 "{\"a\": 01}",
                                 "nul",
                                 "/path"}) {
    const auto object = flat_json(line);
    ASSERT_FALSE(object) << line;
    EXPECT_EQ(object.error().kind, ErrorKind::invalid);
    EXPECT_TRUE(is_utf8(object.error().message));
  }
  EXPECT_FALSE(flat_json(std::string(100'000, '[')));
  EXPECT_FALSE(flat_json(std::string("{\"a\": 1}\0", 9)));
}

TEST(FlatJson, ReadsBackWhatIsWritten) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const std::string text = is_utf8(bytes) ? bytes : escaped(bytes, bytes.size() * 4 + 4);
    const auto object = flat_json("{" + json_text("k") + ":" + json_text(text) + "}");
    RC_ASSERT(bool(object));
    RC_ASSERT(text_in(*object, "k") == std::optional(text));
  }));
}

}  // namespace
}  // namespace weir
