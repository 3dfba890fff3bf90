// SPDX-License-Identifier: Apache-2.0
#include "app/log_line.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "base/flat_json.h"
#include "base/text.h"
#include "flow/events.h"
#include "support/hostile_names.h"

namespace weir {
namespace {

bool is_one_harmless_line(const std::string& line) {
  for (std::string_view rest = line; !rest.empty();) {
    const Character character = first_character(rest);
    if (character.bytes == 0 || (character.code < 0x10000 && is_deceptive(character.code))) {
      return false;
    }
    rest.remove_prefix(character.bytes);
  }
  return true;
}

// faults 40, 138 (logs)
TEST(LogLine, OfHostileNamesIsOneLineInBothForms) {
  for (const std::string& name : testing::hostile_names()) {
    const Note note{.event = event::file_set_aside,
                    .text = escaped(name) + " is set aside",
                    .fields = {{field::path, name}}};
    const std::string json = json_log_line(0, note);
    EXPECT_TRUE(is_one_harmless_line(json)) << json;
    EXPECT_TRUE(is_one_harmless_line(text_log_line(note)));
    const auto object = flat_json(json);
    ASSERT_TRUE(object) << json;
    EXPECT_EQ(text_in(*object, "path"), is_utf8(name) ? name : escaped(name));
  }
}

// faults 40, 138 (logs, by property)
TEST(LogLine, OfAnyBytesIsOneLineInBothForms) {
  EXPECT_TRUE(
      rc::check([](const std::string& text, const std::string& path, const std::string& number) {
        const Note note{.severity = Severity::error,
                        .event = event::file_waits,
                        .text = text,
                        .fields = {{field::path, path}, {field::lines, number}}};
        const std::string json = json_log_line(0, note);
        RC_ASSERT(is_one_harmless_line(json));
        RC_ASSERT(is_one_harmless_line(text_log_line(note)));
        RC_ASSERT(bool(flat_json(json)));
      }));
}

TEST(LogLine, CountsAreNumbersAndEverythingElseIsText) {
  const auto line = [](const std::string& value) {
    return json_log_line(0, {.text = "x", .fields = {{field::lines, value}, {field::path, "7"}}});
  };
  for (const std::string number : {"0", "12", "-5", "0.250", "12345678901234567890"}) {
    EXPECT_TRUE(line(number).ends_with("\"lines\":" + number + ",\"path\":\"7\"}"));
  }
  for (const std::string text : {"", "-", "007", "1.", ".5", "1e9", "NaN", "1 2", "5}"}) {
    EXPECT_TRUE(line(text).ends_with("\"lines\":\"" + text + "\",\"path\":\"7\"}")) << line(text);
  }
}

// fault 141 (logs)
TEST(LogLine, HoldsNoSecret) {
  const Note note{.text = "a://u:hunter2@h", .fields = {{field::where, "password=hunter2"}}};
  EXPECT_EQ(json_log_line(0, note).find("hunter2"), std::string::npos);
  EXPECT_EQ(text_log_line(note).find("hunter2"), std::string::npos);
}

TEST(LogLine, FurtherLinesFollowBehindASemicolon) {
  EXPECT_EQ(text_log_line({.text = "one\n  two\n\nthree\n"}), "one; two; three");
  EXPECT_EQ(text_log_line({.severity = Severity::warning, .text = "\n"}), "warning: ");
}

}  // namespace
}  // namespace weir
