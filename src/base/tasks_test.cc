// SPDX-License-Identifier: Apache-2.0
#include "base/tasks.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

namespace weir {
namespace {

// While it lives no thread can be had: none has room for a stack of 64 TiB.
class NoRoomForThreads {
 public:
  NoRoomForThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_getattr_default_np(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 46);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  ~NoRoomForThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoRoomForThreads(const NoRoomForThreads&) = delete;
  NoRoomForThreads& operator=(const NoRoomForThreads&) = delete;

 private:
  pthread_attr_t before_;
};

TEST(Tasks, JoinReturnsWhenTheBodyHasReturned) {
  const auto tasks = thread_tasks();
  bool done = false;
  const auto task = tasks->spawn("worker", [&] { done = true; });
  EXPECT_TRUE(task->started());
  task->join();
  EXPECT_TRUE(done);
  task->join();
}

TEST(Tasks, ATaskThatIsDroppedIsJoined) {
  const auto tasks = thread_tasks();
  std::atomic<int> done = 0;
  for (int i = 0; i < 20; ++i) {
    tasks->spawn("worker", [&] { ++done; });
    EXPECT_EQ(done, i + 1);
  }
}

TEST(Tasks, AWorkerCarriesItsName) {
  const auto tasks = thread_tasks();
  std::array<char, 16> name = {};
  tasks->spawn("fifteen letters",
               [&] { pthread_getname_np(pthread_self(), name.data(), name.size()); });
  EXPECT_STREQ(name.data(), "fifteen letters");
}

// fault 50 (no thread can be had)
TEST(Tasks, WhereNoWorkerCanBeHadTheBodyRunsInJoin) {
  const auto tasks = thread_tasks();
  const NoRoomForThreads no_room;
  int runs = 0;
  pthread_t where = {};
  const auto task = tasks->spawn("worker", [&] {
    ++runs;
    where = pthread_self();
  });
  EXPECT_FALSE(task->started());
  EXPECT_EQ(runs, 0);
  task->join();
  task->join();
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE(pthread_equal(where, pthread_self()));
}

// fault 50 (no thread can be had)
TEST(Tasks, WhereNoWorkerCanBeHadADroppedTaskStillRuns) {
  const auto tasks = thread_tasks();
  const NoRoomForThreads no_room;
  int runs = 0;
  tasks->spawn("worker", [&] { ++runs; });
  EXPECT_EQ(runs, 1);
}

// fault 51 (a task that hangs in the system)
TEST(Tasks, AnAbandonedTaskIsNotWaitedForAndCountsUntilItReturns) {
  struct Gate {
    std::unique_ptr<Monitor> monitor;
    bool open = false;
  };
  const auto tasks = thread_tasks();
  const auto gate = std::make_shared<Gate>(Gate{.monitor = tasks->monitor()});
  const auto task = tasks->spawn("worker", [gate] {
    const Held held(*gate->monitor);
    while (!gate->open) {
      gate->monitor->wait();
    }
  });
  EXPECT_EQ(tasks->abandoned(), 0);
  task->abandon();
  task->join();  // at once: the gate is shut
  EXPECT_EQ(tasks->abandoned(), 1);
  {
    const Held held(*gate->monitor);
    gate->open = true;
    gate->monitor->notify_all();
  }
  while (tasks->abandoned() > 0) {
    std::this_thread::yield();
  }
}

TEST(Tasks, WhatHasReturnedOrNeverBeganIsNotCountedAsAbandoned) {
  const auto tasks = thread_tasks();
  const auto task = tasks->spawn("worker", [] {});
  task->join();
  task->abandon();
  const NoRoomForThreads no_room;
  int runs = 0;
  tasks->spawn("worker", [&] { ++runs; })->abandon();
  EXPECT_EQ(tasks->abandoned(), 0);
  EXPECT_EQ(runs, 0);
}

TEST(Monitor, OneAtATimeIsInside) {
  const auto tasks = thread_tasks();
  const auto monitor = tasks->monitor();
  int count = 0;
  std::vector<std::unique_ptr<Task>> workers;
  for (int w = 0; w < 4; ++w) {
    workers.push_back(tasks->spawn("worker", [&] {
      for (int i = 0; i < 1000; ++i) {
        const Held held(*monitor);
        ++count;
      }
    }));
  }
  workers.clear();
  EXPECT_EQ(count, 4000);
}

TEST(Monitor, WaitEndsWhenNotified) {
  const auto tasks = thread_tasks();
  const auto monitor = tasks->monitor();
  bool ready = false;
  bool seen = false;
  const auto waiter = tasks->spawn("waiter", [&] {
    const Held held(*monitor);
    while (!ready) {
      monitor->wait();
    }
    seen = true;
  });
  {
    const Held held(*monitor);
    ready = true;
    monitor->notify_all();
  }
  waiter->join();
  EXPECT_TRUE(seen);
}

TEST(Monitor, WaitUntilEndsAtTheDeadlineOfTheMonotonicClock) {
  const auto tasks = thread_tasks();
  const auto monitor = tasks->monitor();
  const Nanoseconds deadline = system_clock().monotonic() + 5'000'000;
  const Held held(*monitor);
  while (system_clock().monotonic() < deadline) {
    monitor->wait_until(deadline);
  }
  EXPECT_GE(system_clock().monotonic(), deadline);
}

TEST(Monitor, ADeadlineThatHasPassedDoesNotWait) {
  const auto monitor = thread_tasks()->monitor();
  const Held held(*monitor);
  monitor->wait_until(0);
  monitor->wait_until(std::numeric_limits<Nanoseconds>::min());
}

}  // namespace
}  // namespace weir
