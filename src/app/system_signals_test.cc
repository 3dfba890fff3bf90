// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "app/system.h"

namespace weir {
namespace {

// fault 13 (the first signal; the drain is Ingest.ThatIsAskedToStopDrainsAndTheNextOneGoesOn)
TEST(Signals, TheFirstOneRequestsAStop) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    Stop stop;
    const Signals signals(stop);
    EXPECT_FALSE(stop.requested());
    raise(number);
    EXPECT_TRUE(stop.requested());
  }
}

// fault 13 (the second signal)
TEST(Signals, TheSecondOneLeavesAtOnce) {
  const auto raise_two = [](int number) {
    Stop stop;
    const Signals signals(stop);
    raise(SIGTERM);
    raise(number);
  };
  EXPECT_EXIT(raise_two(SIGTERM), ::testing::ExitedWithCode(128 + SIGTERM), "");
  EXPECT_EXIT(raise_two(SIGINT), ::testing::ExitedWithCode(128 + SIGINT), "");
}

// fault 16
TEST(Signals, ABrokenPipeIsIgnored) {
  Stop stop;
  const Signals signals(stop);
  raise(SIGPIPE);
  EXPECT_FALSE(stop.requested());
}

TEST(Signals, ThatWereIgnoredAtTheStartStayIgnored) {
  const auto before = signal(SIGHUP, SIG_IGN);
  Stop stop;
  {
    const Signals signals(stop);
    raise(SIGHUP);
    EXPECT_FALSE(stop.requested());
  }
  EXPECT_EQ(signal(SIGHUP, before), SIG_IGN);
}

}  // namespace
}  // namespace weir
