// SPDX-License-Identifier: Apache-2.0
#include "model/notice.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "base/text.h"
#include "support/hostile_names.h"

namespace weir {
namespace {

TEST(Notice, IsALineOfTextOrOfJson) {
  EXPECT_EQ(to_line(Notice{.path = "/in/a", .json = false}), "/in/a");
  EXPECT_EQ(to_line(Notice{.path = "/in/a"}), R"({"file":"/in/a"})");
  EXPECT_EQ(to_line(Notice{.path = "/in/a", .receipt = true}),
            R"({"file":"/in/a","receipt":true})");
  const auto asked = notice_from(R"({"receipt": true, "file": "/in/zo\u00eb", "later": 1})");
  ASSERT_TRUE(asked);
  EXPECT_EQ(*asked, (Notice{.path = "/in/zoë", .receipt = true, .json = true}));
}

// fault 40 (notices)
TEST(Notice, OfAnyPathIsOneLineAndComesBackAsItWas) {
  for (const std::string& name : testing::hostile_names()) {
    const Notice notice{.path = "/in/" + name, .receipt = true};
    const std::string line = to_line(notice);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 0) << line;
    const auto back = notice_from(line);
    ASSERT_TRUE(back) << line;
    EXPECT_EQ(*back, notice);
  }
  EXPECT_EQ(to_line(Notice{.path = "/\xff\n"}), R"({"file_hex":"2fff0a"})");
}

// faults 136, 140 (what is no notice)
TEST(Notice, ThatNamesNoAbsolutePathIsRefused) {
  for (const std::string line :
       {"", "a", "../a", " /a", "{}", "{\"file\":1}", "{\"file\":\"a\"}", "{\"file_hex\":\"2f6\"}",
        "{\"file_hex\":\"2fzz\"}", "{\"file_hex\":\"+f\"}", "{\"file\":\"/a\",\"file_hex\":\"2f\"}",
        "{\"file\":\"/a\\u0000b\"}", "{\"file\":\"/a\"", "[\"/a\"]"}) {
    const auto notice = notice_from(line);
    ASSERT_FALSE(notice) << line;
    EXPECT_EQ(notice.error().kind, ErrorKind::invalid);
  }
  EXPECT_FALSE(notice_from(std::string("/a\0b", 4)));
}

TEST(NoticeAnswer, IsReadBackAsItWasWritten) {
  EXPECT_TRUE(rc::check([](const std::string& path, const std::string& reason) {
    const auto outcome = *rc::gen::inRange(0, 5);
    NoticeAnswer answer{.outcome = static_cast<NoticeOutcome>(outcome), .path = path};
    answer.reason = is_utf8(reason) ? reason : "";
    if (answer.outcome == NoticeOutcome::counted) {
      answer.lines = *rc::gen::arbitrary<std::int64_t>();
      answer.rejects = 7;
    }
    const std::string line = to_json_line(answer);
    RC_ASSERT(std::count(line.begin(), line.end(), '\n') == 0);
    const auto back = answer_from_json(line);
    RC_ASSERT(bool(back));
    RC_ASSERT(*back == answer);
  }));
}

TEST(NoticeAnswer, HasAFormForPeople) {
  EXPECT_EQ(to_text_line({.outcome = NoticeOutcome::accepted, .path = "/in/a"}), "accepted /in/a");
  EXPECT_EQ(to_text_line({.path = "/in/a", .reason = "it lies outside"}),
            "refused /in/a: it lies outside");
}

TEST(NoticeAnswer, ThatIsNoneIsInvalid) {
  for (const std::string line :
       {"", "accepted /a", "{}", R"({"answer":"maybe","file":"/a"})", R"({"answer":"accepted"})"}) {
    EXPECT_FALSE(answer_from_json(line)) << line;
  }
}

}  // namespace
}  // namespace weir
