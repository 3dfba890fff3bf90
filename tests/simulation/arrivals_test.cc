// SPDX-License-Identifier: Apache-2.0
// Hearing of files in a simulated world: producers put files, make, rename and remove folders,
// events are lost, in any interleaving. Whoever looks at what is heard, and scans when asked to,
// and never else, has in the end seen every file that is there.
#include "source/arrivals.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "io/memory.h"
#include "support/simulation.h"
#include "support/world.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

// What happened, so that a simulation of nothing cannot pass.
struct Events {
  std::uint64_t heard = 0;
  std::uint64_t rescans = 0;
  std::uint64_t scans_that_failed = 0;
  std::uint64_t looks_in_vain = 0;
};

class Trial {
 public:
  Trial(std::uint64_t seed, Stacks& stacks, Events& events)
      : events_(events),
        choice_(seeded_random(seed)),
        simulation_(seed, {.stacks = &stacks}),
        files_(memory_file_system(simulation_.world().clock(), simulation_.world().tasks())) {}

  // What is wrong in the end; empty: nothing.
  std::string run() {
    std::string verdict;
    simulation_.run([&] { verdict = body(); });
    return verdict;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return choice_->next() % bound; }

  std::string any_folder() {
    constexpr const char* folders[] = {"/in", "/in/x", "/in/x/y", "/in/z", "/aside", "/in/.h"};
    return folders[below(std::size(folders))];
  }

  // Each call may fail: another producer was there first.
  void produce_one() {
    Process& world = simulation_.world();
    const std::string name = any_folder() + "/" + std::to_string(next_name_++);
    switch (below(10)) {
      case 0:
        static_cast<void>(files_->rename(any_folder(), any_folder()));
        break;
      case 1:
        remove_all(any_folder());
        break;
      case 2:
        static_cast<void>(files_->make_folder(any_folder()));
        break;
      case 3:
        if (below(4) == 0) {
          files_->overflow_events();
        }
        break;
      default:
        if (auto file = files_->create(name + ".tmp")) {
          world.yield();
          static_cast<void>((*file)->write(std::string("12 3\n")));
          file->reset();
          world.yield();
          static_cast<void>(files_->rename(name + ".tmp", name));
        } else if (below(2) == 0) {
          static_cast<void>(files_->make_folder(name.substr(0, name.rfind('/'))));
        }
    }
  }

  // As `rm -r` does, step by step.
  void remove_all(const std::string& folder) {
    for (const std::string& path : found_in(folder)) {
      simulation_.world().yield();
      static_cast<void>(files_->remove(path));
    }
    static_cast<void>(files_->remove(folder));
  }

  std::vector<std::string> found_in(const std::string& folder) {
    std::vector<std::string> found;
    if (const auto cursor = files_->list(folder, "")) {
      for (auto entry = (*cursor)->next(); entry && *entry; entry = (*cursor)->next()) {
        found.push_back(folder + "/" + (*entry)->name);
      }
    }
    return found;
  }

  void produce() {
    for (std::uint64_t steps = 5 + below(30); steps > 0; --steps) {
      produce_one();
      simulation_.world().yield();
      if (below(4) == 0) {
        simulation_.pause(static_cast<Nanoseconds>(below(3) * second / 2));
      }
    }
  }

  void scan(Source& source) {
    ++events_.rescans;
    const auto listing = source.list();
    auto object = listing ? (*listing)->next() : Result<std::optional<SourceObject>>(lost_);
    for (; object && *object; object = (*listing)->next()) {
      seen_.insert((*object)->path);
    }
    events_.scans_that_failed += object ? 0 : 1;
  }

  void hear(Process& process, Source& source, Arrivals& arrivals) {
    while (!produced_ || process.clock().monotonic() < produced_at_ + 5 * second) {
      const auto heard = arrivals.wait(process.clock().monotonic() + 2 * second);
      ASSERT_TRUE(heard) << heard.error().message;
      if (heard->rescan) {
        scan(source);
      }
      for (const Arrival& arrival : heard->files) {
        ++events_.heard;
        if (const auto object = source.look(arrival.path)) {
          seen_.insert(object->path);
        } else {
          ++events_.looks_in_vain;
        }
      }
    }
  }

  std::string body() {
    files_->put("/in/x/y/first", "12 3\n");
    files_->put("/aside/first", "12 3\n");
    Process& weir = simulation_.start_process("weir");
    Process& world = simulation_.world();
    const auto cabled = cabled_files(weir, *files_, 0);
    const auto source = open_directory_source(*cabled, {.paths = {"/in"}});
    const auto arrivals = hear_directories(*cabled, weir.clock(), {.paths = {"/in"}});
    const auto listener = weir.tasks().spawn("listener", [&] { hear(weir, **source, *arrivals); });
    std::vector<std::unique_ptr<Task>> producers;
    for (std::uint64_t i = 1 + below(3); i > 0; --i) {
      producers.push_back(world.tasks().spawn("producer", [&] { produce(); }));
    }
    for (const auto& producer : producers) {
      producer->join();
    }
    static_cast<void>(files_->make_folder("/in"));
    produced_at_ = world.clock().monotonic();
    produced_ = true;
    arrivals->wake();
    listener->join();
    return judge(**source);
  }

  std::string judge(Source& source) {
    const auto listing = source.list();
    auto object = (*listing)->next();
    for (; object && *object; object = (*listing)->next()) {
      if (!seen_.contains((*object)->path)) {
        return (*object)->path + " was never seen";
      }
    }
    return object ? "" : object.error().message;
  }

  Events& events_;
  const std::unique_ptr<Random> choice_;
  Simulation simulation_;
  const std::unique_ptr<MemoryFileSystem> files_;
  const Error lost_{.kind = ErrorKind::unavailable, .message = "no listing"};
  std::set<std::string> seen_;
  std::uint64_t next_name_ = 0;
  bool produced_ = false;
  Nanoseconds produced_at_ = 0;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// fault 41 (folders that are removed, renamed and made again, in any interleaving)
// fault 42 (events are lost at any moment)
TEST(SimulatedArrivals, WhoScansWhenAskedToMissesNothing) {
  Stacks stacks;
  const std::uint64_t first = from_environment("WEIR_SEED", 1);
  const std::uint64_t seeds = from_environment("WEIR_SEEDS", 3000);
  Events events;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    ASSERT_EQ(Trial(seed, stacks, events).run(), "") << "WEIR_SEED=" << seed << " WEIR_SEEDS=1";
  }
  std::cout << seeds << " seeds: " << events.heard << " heard, of which " << events.looks_in_vain
            << " had gone; " << events.rescans << " scans, of which " << events.scans_that_failed
            << " failed\n";
  EXPECT_GT(events.heard, 2 * seeds);
  EXPECT_GT(events.looks_in_vain, 0U);
  EXPECT_GT(events.scans_that_failed, 0U);
  EXPECT_LT(events.rescans, events.heard);
}

}  // namespace
}  // namespace weir::testing
