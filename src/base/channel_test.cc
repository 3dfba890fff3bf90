// SPDX-License-Identifier: Apache-2.0
#include "base/channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

namespace weir {
namespace {

TEST(Channel, ValuesArriveInOrder) {
  const auto tasks = thread_tasks();
  Channel<int> channel(*tasks, 3);
  EXPECT_TRUE(channel.send(1));
  EXPECT_TRUE(channel.send(2));
  EXPECT_EQ(channel.receive(), 1);
  EXPECT_EQ(channel.receive(), 2);
}

TEST(Channel, AClosedChannelStillGivesWhatWasSent) {
  const auto tasks = thread_tasks();
  Channel<int> channel(*tasks, 2);
  channel.send(1);
  channel.close();
  EXPECT_FALSE(channel.send(2));
  EXPECT_EQ(channel.receive(), 1);
  EXPECT_EQ(channel.receive(), std::nullopt);
  EXPECT_EQ(channel.receive(), std::nullopt);
}

TEST(Channel, ASenderWaitsWhileItIsFull) {
  const auto tasks = thread_tasks();
  Channel<int> channel(*tasks, 2);
  std::atomic<int> sent = 0;
  const auto sender = tasks->spawn("sender", [&] {
    for (int i = 0; i < 100; ++i) {
      channel.send(i);
      ++sent;
    }
  });
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(channel.receive(), i);
    // What is received, what lies in the channel, and never more.
    EXPECT_LE(sent, i + 1 + 2);
  }
}

TEST(Channel, ClosingWakesASenderThatWaits) {
  const auto tasks = thread_tasks();
  Channel<int> channel(*tasks, 1);
  channel.send(1);
  bool accepted = true;
  const auto sender = tasks->spawn("sender", [&] { accepted = channel.send(2); });
  channel.close();
  sender->join();
  EXPECT_FALSE(accepted);
}

TEST(Channel, ManySendersAndReceiversLoseAndDoubleNothing) {
  const auto tasks = thread_tasks();
  Channel<int> channel(*tasks, 4);
  std::atomic<int> sum = 0;
  std::atomic<int> count = 0;
  std::vector<std::unique_ptr<Task>> receivers;
  std::vector<std::unique_ptr<Task>> senders;
  for (int w = 0; w < 3; ++w) {
    receivers.push_back(tasks->spawn("receiver", [&] {
      while (const auto value = channel.receive()) {
        sum += *value;
        ++count;
      }
    }));
    senders.push_back(tasks->spawn("sender", [&, w] {
      for (int i = 0; i < 500; ++i) {
        channel.send(w * 500 + i);
      }
    }));
  }
  senders.clear();
  channel.close();
  receivers.clear();
  EXPECT_EQ(count, 1500);
  EXPECT_EQ(sum, 1500 * 1499 / 2);
}

}  // namespace
}  // namespace weir
