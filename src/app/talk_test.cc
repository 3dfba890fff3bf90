// SPDX-License-Identifier: Apache-2.0
#include "app/talk.h"

#include <gtest/gtest.h>

#include <cerrno>

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

TEST(Talk, WhatIsSaidStandsAboveTheDrawnLine) {
  Kept kept;
  OutStream stream{.writer = kept};
  Talk talk(stream, {});
  talk.draw("50 %");
  talk.warn("careful");
  talk.draw("60 %");
  talk.erase_drawn();
  EXPECT_EQ(kept.text, "\r50 %\x1b[K\r\x1b[Kweir: warning: careful\n\r60 %\x1b[K\r\x1b[K");
}

TEST(Talk, QuietKeepsWarningsAndErrors) {
  Kept kept;
  OutStream stream{.writer = kept};
  Talk talk(stream, {.quiet = true});
  talk.say("hello");
  talk.error("no");
  EXPECT_EQ(kept.text, "weir: error: no\n");
}

// faults 138, 141
TEST(Talk, TakesControlCharactersAndSecretsOutOfEveryLine) {
  Kept kept;
  OutStream stream{.writer = kept};
  Talk talk(stream, {});
  talk.say("a\x1b[2J\r\x7f\xc2\x9bz a://u:pw@h\n  zoë");
  EXPECT_EQ(kept.text, "a\\x1b[2J\\x0d\\x7f\\xc2\\x9bz a://u:***@h\n  zoë\n");
}

// fault 26
TEST(Talk, OnAStreamThatBrokeIsSilenceAndNothingElse) {
  Kept kept;
  OutStream stream{.writer = kept};
  Talk talk(stream, {});
  kept.broken = true;
  talk.error("one");
  talk.error("two");
  EXPECT_EQ(kept.writes, 1);
}

}  // namespace
}  // namespace weir
