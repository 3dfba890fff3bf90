// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/channel.h"
#include "support/simulation.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

// Three fibers write their letters, one at a time.
std::string three_writers(std::uint64_t seed, std::uint64_t* digest = nullptr) {
  std::string text;
  Simulation simulation(seed);
  simulation.run([&] {
    Process& process = simulation.start_process("weir");
    std::vector<std::unique_ptr<Task>> writers;
    for (const char letter : {'a', 'b', 'c'}) {
      writers.push_back(process.tasks().spawn("writer", [&, letter] {
        for (int i = 0; i < 4; ++i) {
          process.yield();
          text += letter;
        }
      }));
    }
  });
  if (digest != nullptr) {
    *digest = simulation.schedule_digest();
  }
  return text;
}

TEST(Scheduler, TheSameSeedGivesTheSameSchedule) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::uint64_t first = 0;
    std::uint64_t second_time = 0;
    EXPECT_EQ(three_writers(seed, &first), three_writers(seed, &second_time));
    EXPECT_EQ(first, second_time);
  }
}

TEST(Scheduler, DifferentSeedsGiveManyInterleavings) {
  std::set<std::string> texts;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    texts.insert(three_writers(seed));
  }
  EXPECT_GT(texts.size(), 100u);
  EXPECT_TRUE(texts.contains("aaaabbbbcccc"));  // coarse ones are among them
}

TEST(Scheduler, AScheduleDoesNotChangeFromMachineToMachine) {
  EXPECT_EQ(three_writers(7), "aaaabccccbbb");
}

TEST(Scheduler, RunReturnsWhenEveryFiberHasReturned) {
  int done = 0;
  Simulation simulation(1);
  simulation.run([&] {
    simulation.spawn("nobody joins", [&] {
      simulation.pause(second);
      simulation.spawn("a late one", [&] { ++done; });
      ++done;
    });
  });
  EXPECT_EQ(done, 2);
}

TEST(Scheduler, AChannelBetweenThreeFibersKeepsItsPromises) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Simulation simulation(seed);
    std::multiset<int> received;
    simulation.run([&] {
      Tasks& tasks = simulation.start_process("weir").tasks();
      Channel<int> channel(tasks, 2);
      auto one = tasks.spawn("one", [&] {
        for (int i = 0; i < 10; ++i) {
          EXPECT_TRUE(channel.send(i));
        }
      });
      auto two = tasks.spawn("two", [&] {
        for (int i = 10; i < 20; ++i) {
          EXPECT_TRUE(channel.send(i));
        }
      });
      auto reader = tasks.spawn("reader", [&] {
        while (const auto value = channel.receive()) {
          received.insert(*value);
        }
      });
      one->join();
      two->join();
      channel.close();
    });
    ASSERT_EQ(received.size(), 20u) << "seed " << seed;
    ASSERT_EQ(std::set<int>(received.begin(), received.end()).size(), 20u) << "seed " << seed;
  }
}

TEST(Scheduler, AMonitorKeepsOthersOutWhileItsHolderIsAway) {
  bool contended = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Simulation simulation(seed);
    simulation.run([&] {
      Tasks& tasks = simulation.world().tasks();
      const auto outer = tasks.monitor();
      const auto inner = tasks.monitor();
      bool inside = false;
      const auto body = [&] {
        const Held held(*outer);
        EXPECT_FALSE(inside);
        inside = true;
        {
          const Held also(*inner);
        }  // others run here
        inside = false;
      };
      const auto one = tasks.spawn("one", body);
      const auto two = tasks.spawn("two", body);
      const auto watcher = tasks.spawn("watcher", [&] {
        simulation.world().yield();
        contended = contended || inside;
      });
    });
  }
  EXPECT_TRUE(contended);
}

TEST(Scheduler, TimePassesToTheEarliestDeadlineAndOnlyWhenEverybodyWaits) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Simulation simulation(seed);
    std::vector<std::pair<int, Nanoseconds>> order;
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      std::vector<std::unique_ptr<Task>> sleepers;
      for (const int seconds : {30, 10, 20}) {
        sleepers.push_back(process.tasks().spawn("sleeper", [&, seconds] {
          const auto monitor = process.tasks().monitor();
          const Held held(*monitor);
          while (process.clock().monotonic() < seconds * second) {
            monitor->wait_until(seconds * second);
          }
          order.emplace_back(seconds, process.clock().monotonic());
        }));
      }
      for (int i = 0; i < 20; ++i) {
        process.yield();
        EXPECT_EQ(process.clock().monotonic(), 0);
      }
    });
    using Order = std::vector<std::pair<int, Nanoseconds>>;
    ASSERT_EQ(order, (Order{{10, 10 * second}, {20, 20 * second}, {30, 30 * second}}));
  }
}

TEST(Scheduler, WhoWaitsLongerSleepsOnWhenTimePasses) {
  int slept_on = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Simulation simulation(seed);
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      const auto sleeper = process.tasks().spawn("sleeper", [&] {
        const auto monitor = process.tasks().monitor();
        const Held held(*monitor);
        monitor->wait_until(2 * second);
        slept_on += process.clock().monotonic() == 2 * second ? 1 : 0;
      });
      simulation.pause(second);
    });
  }
  EXPECT_GT(slept_on, 80);  // the others woke without cause
}

TEST(Scheduler, AWaitMayEndWithoutCause) {
  int early = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Simulation simulation(seed);
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      const auto waiter = process.tasks().spawn("waiter", [&] {
        const auto monitor = process.tasks().monitor();
        const Held held(*monitor);
        monitor->wait_until(second);
        early += process.clock().monotonic() < second ? 1 : 0;
      });
      for (int i = 0; i < 20; ++i) {
        process.yield();
      }
    });
  }
  EXPECT_GT(early, 0);
  EXPECT_LT(early, 150);
}

// fault 52 (in simulation)
TEST(Scheduler, TheWallClockJumpsAndTheMonotonicOneDoesNot) {
  Simulation simulation(3);
  simulation.run([&] {
    Clock& clock = simulation.start_process("weir").clock();
    std::set<Nanoseconds> walls;
    for (int i = 0; i < 200; ++i) {
      walls.insert(clock.wall());
      EXPECT_EQ(clock.monotonic(), 0);
    }
    EXPECT_GT(walls.size(), 3u);
  });
}

// fault 50 (in simulation: no thread can be had)
TEST(Scheduler, ASpawnMayBeRefusedAndItsBodyStillRuns) {
  int refused = 0;
  int runs = 0;
  Simulation simulation(1, {.spawns_per_refusal = 3});
  simulation.run([&] {
    Process& process = simulation.start_process("weir");
    for (int i = 0; i < 100; ++i) {
      const auto task = process.tasks().spawn("worker", [&] { ++runs; });
      refused += task->started() ? 0 : 1;
    }
  });
  EXPECT_EQ(runs, 100);
  EXPECT_GT(refused, 10);
  EXPECT_LT(refused, 60);
}

TEST(Scheduler, StacksAreSharedBetweenSimulations) {
  Stacks stacks;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Simulation simulation(seed, {.stacks = &stacks});
    int done = 0;
    simulation.run([&] {
      for (int i = 0; i < 5; ++i) {
        simulation.spawn("worker", [&] { ++done; });
      }
    });
    ASSERT_EQ(done, 5);
  }
}

TEST(SchedulerDeathTest, ADeadlockIsFoundAndNamesItsFibersAndTheSeed) {
  const auto deadlock = [] {
    Simulation simulation(42);
    simulation.run([&] {
      Tasks& tasks = simulation.start_process("weir").tasks();
      Channel<int> channel(tasks, 1);
      tasks.spawn("reader", [&] { channel.receive(); });
    });
  };
  EXPECT_DEATH(deadlock(), "simulation: deadlock: seed 42, step");
  EXPECT_DEATH(deadlock(), "main of the world: joins reader");
  EXPECT_DEATH(deadlock(), "reader of weir: waits to be notified");
}

TEST(SchedulerDeathTest, TwoMonitorsTakenInDifferentOrderAreADeadlockInSomeSchedule) {
  const auto crossed = [] {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      Simulation simulation(seed);
      simulation.run([&] {
        Tasks& tasks = simulation.world().tasks();
        const auto a = tasks.monitor();
        const auto b = tasks.monitor();
        const auto one = tasks.spawn("one", [&] {
          const Held first(*a);
          const Held then(*b);
        });
        const auto two = tasks.spawn("two", [&] {
          const Held first(*b);
          const Held then(*a);
        });
      });
    }
  };
  EXPECT_DEATH(crossed(), "waits for a monitor that another holds, holds 1 monitors");
}

TEST(SchedulerDeathTest, ALoopThatNeverEndsIsFound) {
  const auto loop = [] {
    Simulation simulation(42, {.steps_max = 1000});
    simulation.run([&] {
      for (Process& process = simulation.start_process("weir");;) {
        process.yield();
      }
    });
  };
  EXPECT_DEATH(loop(), "a loop that does not end: seed 42, step 1001");
}

TEST(SchedulerDeathTest, ALoopInADeadProcessIsFoundToo) {
  const auto loop = [] {
    Simulation simulation(42, {.steps_max = 1000});
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      process.crash();
      for (;;) {
        process.yield();
      }
    });
  };
  EXPECT_DEATH(loop(), "a loop that does not end: seed 42");
}

TEST(SchedulerDeathTest, ASeamMayNotBeCalledWhileAMonitorIsHeld) {
  const auto careless = [] {
    Simulation simulation(42);
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      const auto monitor = process.tasks().monitor();
      const Held held(*monitor);
      process.yield();
    });
  };
  EXPECT_DEATH(careless(), "a seam is called while a monitor is held");
}

TEST(SchedulerDeathTest, AMonitorIsForItsHolder) {
  const auto with_monitor = [](const auto& body) {
    Simulation simulation(42);
    simulation.run([&] { body(*simulation.world().tasks().monitor()); });
  };
  EXPECT_DEATH(with_monitor([](Monitor& monitor) { monitor.wait(); }), "does not hold it");
  EXPECT_DEATH(with_monitor([](Monitor& monitor) { monitor.notify_all(); }), "does not hold it");
  EXPECT_DEATH(with_monitor([](Monitor& monitor) { monitor.unlock(); }), "does not hold it");
  EXPECT_DEATH(with_monitor([](Monitor& monitor) {
                 monitor.lock();
                 monitor.lock();
               }),
               "locked twice");
}

// A seam that adds one to a server's count, as seams of a simulated process are written.
bool add_one(Process& process, int& count) {
  if (!process.yield()) {
    return false;  // the request was never sent
  }
  ++count;
  return process.yield();  // false: the reply was lost
}

TEST(Crash, AProcessDiesBeforeOrAfterAnEffectAndHasNoneAfterwards) {
  for (std::uint64_t yields = 1; yields <= 6; ++yields) {
    Simulation simulation(yields);
    int count = 0;
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      process.crash_after(yields);
      process.tasks().spawn("worker", [&] {
        int acknowledged = 0;
        while (add_one(process, count)) {
          ++acknowledged;
        }
        EXPECT_EQ(acknowledged, static_cast<int>((yields - 1) / 2));
        EXPECT_FALSE(add_one(process, count));
      });
      EXPECT_TRUE(process.dead());
    });
    EXPECT_EQ(count, static_cast<int>(yields / 2));
  }
}

// A reader, a worker that waits for it, and one that sleeps for an hour: all must come home.
TEST(Crash, AllFibersOfADeadProcessUnwindByOrdinaryWays) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Simulation simulation(seed, {.steps_max = 20'000});
    int count = 0;
    Nanoseconds end = 0;
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      process.crash_after(1 + seed % 30);
      const auto weir = process.tasks().spawn("weir", [&] {
        Channel<int> channel(process.tasks(), 1);
        const auto sleeper = process.tasks().spawn("sleeper", [&] {
          const auto monitor = process.tasks().monitor();
          const Held held(*monitor);
          const Nanoseconds deadline = 3600 * second;
          while (!process.stop().requested() && process.clock().monotonic() < deadline) {
            monitor->wait_until(deadline);
          }
        });
        const auto worker = process.tasks().spawn("worker", [&] {
          while (channel.receive()) {
            add_one(process, count);
          }
        });
        while (process.yield()) {
          channel.send(1);
        }
        channel.close();
      });
      weir->join();
      end = simulation.world().clock().monotonic();
      EXPECT_TRUE(process.dead());
    });
    ASSERT_EQ(end, 0) << "seed " << seed;
    ASSERT_LE(count, 30);
  }
}

TEST(Crash, ACrashEndsEveryWaitOnceAndTimeGoesOnForTheDead) {
  Simulation simulation(5);
  Nanoseconds woken = -1;
  Nanoseconds end = -1;
  simulation.run([&] {
    Process& process = simulation.start_process("weir");
    const auto waiter = process.tasks().spawn("waiter", [&] {
      const auto monitor = process.tasks().monitor();
      const Held held(*monitor);
      while (!process.dead()) {
        monitor->wait();
      }
      woken = process.clock().monotonic();
      while (process.clock().monotonic() < 10 * second) {
        monitor->wait_until(10 * second);
      }
      end = process.clock().monotonic();
    });
    simulation.pause(second);
    simulation.kill(process);
  });
  EXPECT_EQ(woken, second);
  EXPECT_EQ(end, 10 * second);
}

TEST(Crash, AServerIsNotSlowForTheDead) {
  Simulation simulation(5);
  simulation.run([&] {
    Process& process = simulation.start_process("weir");
    const auto caller = process.tasks().spawn("caller", [&] { simulation.pause(3600 * second); });
    simulation.kill(process);
  });
  EXPECT_EQ(simulation.world().clock().monotonic(), 0);
}

TEST(Crash, OnlyTheKilledProcessIsDead) {
  Simulation simulation(5);
  int count = 0;
  simulation.run([&] {
    Process& first = simulation.start_process("first");
    Process& next = simulation.start_process("next");
    const auto survivor = next.tasks().spawn("survivor", [&] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(add_one(next, count));
      }
    });
    simulation.kill(first);
    EXPECT_TRUE(first.dead() && first.stop().requested());
    EXPECT_FALSE(next.dead() || next.stop().requested());
    EXPECT_FALSE(simulation.world().dead());
  });
  EXPECT_EQ(count, 100);
}

TEST(Crash, AnEffectOnItsWayHappensAfterTheDeathOfItsSender) {
  int before = 0;
  int after = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Simulation simulation(seed);
    simulation.run([&] {
      Process& process = simulation.start_process("weir");
      process.crash_after(1 + seed % 5);
      const auto sender = process.tasks().spawn("sender", [&] {
        process.yield();
        simulation.spawn("commit", [&] {
          simulation.world().yield();
          ++(process.dead() ? after : before);
        });
        while (process.yield()) {
        }
      });
    });
  }
  EXPECT_EQ(before + after, 100);
  EXPECT_GT(before, 10);
  EXPECT_GT(after, 10);
}

}  // namespace
}  // namespace weir::testing
