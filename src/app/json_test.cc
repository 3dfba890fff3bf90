// SPDX-License-Identifier: Apache-2.0
#include "app/json.h"

#include <gtest/gtest.h>

namespace weir {
namespace {

class Kept final : public ByteWriter {
 public:
  Result<void> write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

TEST(Json, ObjectsAndArraysNest) {
  Kept kept;
  OutStream stream{.writer = kept};
  Output output(stream);
  JsonWriter json(output);
  json.begin_object();
  json.field("a", 1);
  json.key("b").begin_array();
  json.text("x");
  json.begin_array();
  json.end_array();
  json.end_array();
  json.key("c").begin_object();
  json.end_object();
  json.key("d").truth(false);
  json.key("e").null();
  json.key("f").fraction(0.25);
  json.end_object();
  json.done();
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(kept.text,
            "{\"a\": 1, \"b\": [\n\"x\",\n[]\n], \"c\": {}, \"d\": false, \"e\": null, "
            "\"f\": 0.25}\n");
}

TEST(Json, AmountsAreExactNumbersOrTextsOfTheirDigits) {
  Kept kept;
  OutStream stream{.writer = kept};
  Output output(stream);
  JsonWriter json(output);
  json.begin_array();
  json.whole(INT64_MAX);
  json.whole(INT64_MIN);
  json.whole(Int128{INT64_MAX} + 1);
  json.end_array();
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(kept.text,
            "[\n9223372036854775807,\n-9223372036854775808,\n\"9223372036854775808\"\n]");
}

}  // namespace
}  // namespace weir
