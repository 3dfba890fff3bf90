// SPDX-License-Identifier: Apache-2.0
#include "app/notifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <deque>

#include "io/disk.h"
#include "support/bytes_file.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

// The other side: answers in the order that it was asked, when it is listened to.
class Line final : public LineClient {
 public:
  Result<void> send(std::string_view line) override {
    if (sent.size() == sends_max) {
      return Error{ErrorKind::unavailable, "broken pipe", EPIPE};
    }
    sent.emplace_back(line);
    const auto notice = notice_from(line);
    EXPECT_TRUE(notice);
    answers.push_back(to_json_line({.outcome = NoticeOutcome::accepted, .path = notice->path}));
    unanswered_max = std::max(unanswered_max, answers.size());
    return {};
  }
  Result<std::optional<std::string>> receive(Nanoseconds) override {
    if (answers.empty()) {
      return std::optional<std::string>();
    }
    std::optional<std::string> answer = answers.front();
    answers.pop_front();
    return answer;
  }

  std::size_t sends_max = SIZE_MAX;
  std::vector<std::string> sent;
  std::deque<std::string> answers;
  std::size_t unanswered_max = 0;
};

class Nowhere final : public ByteWriter {
 public:
  Result<void> write(std::string_view) override { return {}; }
};

class NotifierTest : public ::testing::Test {
 protected:
  Result<void> tell(const std::vector<std::string>& paths) {
    Notifier notifier(system_, line_);
    return notifier.tell(paths, {.monotonic_deadline = clock_.monotonic() + 1},
                         [this](const NoticeAnswer& answer) { taken_.push_back(answer.path); });
  }

  testing::ManualClock clock_;
  std::unique_ptr<Tasks> tasks_ = thread_tasks();
  std::unique_ptr<FileSystem> files_ = disk_file_system();
  testing::BytesFile input_{""};
  Nowhere nowhere_;
  Stop stop_;
  Reload reload_;
  System system_{.machine = {clock_, system_random(), *tasks_, *files_},
                 .environment = {},
                 .input = input_,
                 .output = {.writer = nowhere_},
                 .talk = {.writer = nowhere_},
                 .stop = stop_,
                 .reload = reload_};
  Line line_;
  std::vector<std::string> taken_;
};

TEST_F(NotifierTest, OfManyFilesAFewAreUnansweredAtATime) {
  std::vector<std::string> paths;
  for (int i = 0; i < 500; ++i) {
    paths.push_back("/in/" + std::to_string(i));
  }
  ASSERT_TRUE(tell(paths));
  EXPECT_EQ(taken_, paths);
  EXPECT_EQ(line_.unanswered_max, notices_unanswered_max);
}

// fault 16 (a socket whose other side has gone)
TEST_F(NotifierTest, AnswersThatCameBeforeTheOtherSideLeftAreTaken) {
  line_.sends_max = 2;
  const auto told = tell({"/a", "/b", "/c"});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().os_code, EPIPE);
  EXPECT_EQ(taken_, (std::vector<std::string>{"/a", "/b"}));
}

TEST_F(NotifierTest, WhatTheOtherSideSaidBeforeItLeftIsTheReason) {
  line_.sends_max = 1;
  line_.answers.push_back("denied");
  const auto told = tell({"/a", "/b"});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::invalid);
  EXPECT_EQ(told.error().message, "it says: denied");
}

TEST_F(NotifierTest, AfterTheDeadlineNothingIsWaitedFor) {
  Notifier notifier(system_, line_);
  const std::string path = "/a";
  const auto told =
      notifier.tell({&path, 1}, {.monotonic_deadline = clock_.monotonic()}, [](const auto&) {});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().os_code, ETIMEDOUT);
}

}  // namespace
}  // namespace weir
