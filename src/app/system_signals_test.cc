// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "app/system.h"

namespace weir {
namespace {

// Whoever started the tests may have had some of them ignored (nohup, background jobs).
class SignalsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) {
      signal(number, SIG_DFL);
    }
  }
};

// fault 13 (the first signal; the drain is Ingest.ThatIsAskedToStopDrainsAndTheNextOneGoesOn)
TEST_F(SignalsTest, TheFirstOneRequestsAStop) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    Stop stop;
    Reload reload;
    const Signals signals(stop, reload);
    EXPECT_FALSE(stop.requested());
    raise(number);
    EXPECT_TRUE(stop.requested());
  }
}

// fault 13 (the second signal)
TEST_F(SignalsTest, TheSecondOneLeavesAtOnce) {
  const auto raise_two = [](int number) {
    Stop stop;
    Reload reload;
    const Signals signals(stop, reload);
    raise(SIGTERM);
    raise(number);
  };
  EXPECT_EXIT(raise_two(SIGTERM), ::testing::ExitedWithCode(128 + SIGTERM), "");
  EXPECT_EXIT(raise_two(SIGINT), ::testing::ExitedWithCode(128 + SIGINT), "");
}

// fault 14 (SIGHUP; that pinned plans stay is Watch's)
TEST_F(SignalsTest, ACommandThatListensForItIsAskedByHangupToReadItsSettingsAgain) {
  Stop stop;
  Reload reload;
  const Signals signals(stop, reload);
  reload.listen();
  EXPECT_FALSE(reload.take());
  for (int i = 0; i < 3; ++i) {
    raise(SIGHUP);
    raise(SIGHUP);
    EXPECT_TRUE(reload.take());
    EXPECT_FALSE(reload.take());
  }
  EXPECT_FALSE(stop.requested());
  raise(SIGTERM);
  EXPECT_TRUE(stop.requested());
  raise(SIGHUP);  // ends nothing while it drains
  EXPECT_TRUE(reload.take());
}

// fault 16
TEST_F(SignalsTest, ABrokenPipeIsIgnored) {
  Stop stop;
  Reload reload;
  const Signals signals(stop, reload);
  raise(SIGPIPE);
  EXPECT_FALSE(stop.requested());
}

TEST_F(SignalsTest, ThatWereIgnoredAtTheStartStayIgnored) {
  signal(SIGHUP, SIG_IGN);
  Stop stop;
  Reload reload;
  {
    const Signals signals(stop, reload);
    raise(SIGHUP);
    EXPECT_FALSE(stop.requested());
  }
  EXPECT_EQ(signal(SIGHUP, SIG_DFL), SIG_IGN);
}

}  // namespace
}  // namespace weir
