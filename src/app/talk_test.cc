// SPDX-License-Identifier: Apache-2.0
#include "app/talk.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "flow/events.h"
#include "support/manual_clock.h"

namespace weir {
namespace {

class Kept final : public ByteWriter {
 public:
  Result<void> write(std::string_view bytes) override {
    ++writes;
    if (broken) {
      return Error{ErrorKind::unavailable, "full", ENOSPC};
    }
    text += bytes;
    return {};
  }
  std::string text;
  int writes = 0;
  bool broken = false;
};

class TalkTest : public ::testing::Test {
 protected:
  Talk talk(const Talk::Options& options = {}) { return {stream_, clock_, options}; }

  Kept kept_;
  OutStream stream_{.writer = kept_};
  testing::ManualClock clock_{1'777'863'721'234'000'000};
};

TEST_F(TalkTest, WhatIsSaidStandsAboveTheDrawnLine) {
  Talk said = talk();
  said.draw("50 %");
  said.warn("careful");
  said.draw("60 %");
  said.erase_drawn();
  EXPECT_EQ(kept_.text, "\r50 %\x1b[K\r\x1b[Kweir: warning: careful\n\r60 %\x1b[K\r\x1b[K");
}

TEST_F(TalkTest, WhatMattersLessThanItsLevelIsNotSaid) {
  Talk said = talk({.log = {.level = Severity::warning}});
  said.say("hello");
  said.error("no");
  said.set_log({.level = Severity::error});
  said.warn("careful");
  EXPECT_EQ(kept_.text, "weir: error: no\n");
}

// faults 138, 141
TEST_F(TalkTest, TakesControlCharactersAndSecretsOutOfEveryLine) {
  talk().say("a\x1b[2J\r\x7f\xc2\x9bz a://u:pw@h\n  zoë \u202E");
  EXPECT_EQ(kept_.text, "a\\x1b[2J\\x0d\\x7f\\xc2\\x9bz a://u:***@h\n  zoë \\xe2\\x80\\xae\n");
}

TEST_F(TalkTest, AsJsonIsOneObjectALineAndDrawsNothing) {
  stream_.terminal = true;
  Talk said = talk({.log = {.format = LogFormat::json}});
  EXPECT_FALSE(said.draws());
  said.tell({.severity = Severity::warning,
             .event = event::file_set_aside,
             .text = "a\nb",
             .fields = {{field::path, "/in/\"x\""}, {field::file, "3"}}});
  said.say("hello");
  EXPECT_EQ(kept_.text,
            R"({"time":"2026-05-04T03:02:01.234Z","level":"warning","event":"file.set_aside",)"
            R"("message":"a\nb","path":"/in/\"x\"","file":3})"
            "\n"
            R"({"time":"2026-05-04T03:02:01.234Z","level":"info","event":"message",)"
            R"("message":"hello"})"
            "\n");
}

TEST_F(TalkTest, OfAServiceSaysWhenAndIsOneLineAnEvent) {
  Talk said = talk({.service = true});
  said.error("there is none\n  make one");
  EXPECT_EQ(kept_.text, "2026-05-04T03:02:01.234Z error: there is none; make one\n");
  kept_.text.clear();
  stream_.terminal = true;
  said.error("no");
  EXPECT_EQ(kept_.text, "weir: error: no\n");
}

TEST_F(TalkTest, InTheJournalHasThePriorityAndNoTimeOfItsOwn) {
  stream_.journal = true;
  Talk said = talk({.service = true});
  said.say("one\ntwo");
  said.warn("careful");
  said.error("no");
  EXPECT_EQ(kept_.text, "<6>one; two\n<4>warning: careful\n<3>error: no\n");
  kept_.text.clear();
  said.set_log({.format = LogFormat::json});
  said.error("no");
  EXPECT_TRUE(kept_.text.starts_with("<3>{\"time\":")) << kept_.text;
}

// fault 26
TEST_F(TalkTest, OnAStreamThatBrokeIsSilenceAndNothingElse) {
  Talk said = talk();
  kept_.broken = true;
  said.error("one");
  said.error("two");
  EXPECT_EQ(kept_.writes, 1);
}

// fault 26 (a log that is full for a while)
TEST_F(TalkTest, OfAServiceGoesOnWhenTheStreamWorksAgainAndTellsWhatIsMissing) {
  Talk said = talk({.service = true});
  kept_.broken = true;
  said.say("one");
  said.say("two");
  kept_.broken = false;
  said.say("three");
  said.say("four");
  const std::string time = "2026-05-04T03:02:01.234Z ";
  EXPECT_EQ(kept_.text, "\n" + time + "warning: the log had no room for 2 lines\n" + time +
                            "three\n" + time + "four\n");
}

// fault 26 (a log that nobody reads)
TEST_F(TalkTest, OfAServiceWaitsForAReaderOnceAndNotLong) {
  Nanoseconds waited = 0;
  bool room = false;
  stream_.room = [&](Nanoseconds wait) {
    waited += wait;
    return room;
  };
  Talk said = talk({.log = {.format = LogFormat::json}, .service = true});
  for (int i = 0; i < 1000; ++i) {
    said.say("again");
  }
  EXPECT_EQ(waited, 1'000'000'000);
  EXPECT_EQ(kept_.text, "");
  room = true;
  said.say("once more");
  EXPECT_NE(kept_.text.find(R"("event":"log.lost","message":"the log had no room for 1000 lines",)"
                            R"("lines":1000})"),
            std::string::npos)
      << kept_.text;
}

TEST_F(TalkTest, OfAServiceWritesNoMoreAtOnceThanThereIsRoomFor) {
  std::size_t portions = 0;
  stream_.room = [&](Nanoseconds) { return ++portions > 0; };
  talk({.service = true}).say(std::string(10'000, 'x'));
  EXPECT_EQ(portions, 3U);
  EXPECT_EQ(kept_.writes, 3);
  EXPECT_EQ(kept_.text, "2026-05-04T03:02:01.234Z " + std::string(10'000, 'x') + "\n");
}

}  // namespace
}  // namespace weir
