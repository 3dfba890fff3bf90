// SPDX-License-Identifier: Apache-2.0
// The service in a simulated world: producers write, rename and tell of files, while the watch dies
// at any call, is asked to leave, loses requests and replies, and begins again; in the end every
// line counts once, every file is put away, and corrections made meanwhile hold.
#include "flow/watch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flow/verify.h"
#include "io/memory.h"
#include "source/arrivals.h"
#include "source/directory.h"
#include "store/memory.h"
#include "support/simulation.h"
#include "support/world.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds patience = 20'000 * second;  // of the last life: simulated

using Expected = std::map<std::uint64_t, Int128>;

// What happened, so that a simulation of nothing cannot pass.
struct Events {
  std::uint64_t deaths = 0;
  std::uint64_t leaves = 0;
  std::uint64_t answers = 0;
  std::uint64_t receipts = 0;
  std::uint64_t revoked = 0;
  std::uint64_t released = 0;
};

class Trial {
 public:
  Trial(std::uint64_t seed, Stacks& stacks, Events& events)
      : events_(events),
        choice_(seeded_random(seed)),
        simulation_(seed, {.steps_max = 5'000'000, .stacks = &stacks, .spawns_per_refusal = 200}) {}

  // What is wrong in the end; empty: nothing.
  std::string run() {
    std::string verdict;
    simulation_.run([&] { verdict = body(); });
    return verdict;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return choice_->next() % bound; }
  void rest(Nanoseconds at_most) {
    simulation_.pause(static_cast<Nanoseconds>(below(static_cast<std::uint64_t>(at_most))));
  }

  // ---- producers

  std::string lines_of(std::uint64_t file) {
    std::string bytes;
    Expected& sums = produced_[file];
    for (std::uint64_t line = below(6); line > 0; --line) {
      const std::uint64_t consumer = below(5);
      const std::uint64_t amount = below(1000);
      bytes += std::to_string(consumer) + " " + std::to_string(amount) + "\n";
      sums[consumer] += amount;
    }
    return bytes;
  }

  void produce(std::uint64_t file) {
    const std::string name = std::to_string(file);
    const std::string bytes = lines_of(file);
    if (below(3) == 0) {  // under its own name from the start
      auto writer = files_->create("/in/" + name);
      const std::size_t half = bytes.size() / 2;
      static_cast<void>((*writer)->write({bytes.data(), half}));
      rest(5 * second);
      static_cast<void>((*writer)->write({bytes.data() + half, bytes.size() - half}));
    } else {
      files_->put("/in/." + name, bytes);
      rest(second / 10);
      static_cast<void>(files_->rename("/in/." + name, "/in/" + name));
    }
    if (below(2) == 0 && watch_ != nullptr) {
      const Notice notice{.path = "/in/" + name, .receipt = below(2) == 0};
      watch_->notice({.notice = notice, .answer = [this](const NoticeAnswer& answer) {
                        ++events_.answers;
                        events_.receipts += answer.outcome == NoticeOutcome::counted ? 1 : 0;
                      }});
    }
  }

  // ---- the watch

  FlowSettings settings() {
    FlowSettings settings{.jobs = static_cast<int>(1 + below(2))};
    settings.fold.unit_bytes = 1 + below(40);
    settings.fold.memory_bytes = 1 << 20;
    settings.fold.spill_folder = "/spill";
    settings.rejects.ratio_max = 1;
    settings.store.keep = keep_;
    settings.source.paths = {"/in"};
    settings.source.scan_every = 5 * second;
    settings.source.after = after_;
    settings.source.to = "/old";
    settings.source.keep_for = static_cast<Nanoseconds>(below(3)) * second;
    return settings;
  }

  void live(Process& process, const CableFaults& faults, double read_error) {
    const auto files = cabled_files(process, *files_, read_error);
    const auto store = cabled_store(simulation_, process, *store_, faults, [](bool) {});
    const FlowSettings flow = settings();
    const auto source = open_directory_source(*files, {.paths = {"/in"}});
    if (!source) {
      return;
    }
    const auto arrivals = hear_directories(*files, process.clock(), {.paths = {"/in"}});
    const Machine machine{process.clock(), process.random(), process.tasks(), *files};
    Progress progress;
    const Notes notes = [](const Note&) {};
    Watch watch({.machine = machine,
                 .source = **source,
                 .arrivals = *arrivals,
                 .store = *store,
                 .settings = flow,
                 .progress = progress,
                 .notes = notes,
                 .stop = process.stop()});
    watch_ = &watch;
    static_cast<void>(watch.run());
    watch_ = nullptr;
    events_.deaths += process.dead() ? 1 : 0;
    events_.leaves += process.dead() ? 0 : 1;
  }

  void live_and_leave() {
    Process& process = simulation_.start_process("weir-" + std::to_string(lives_++));
    const bool dies = below(4) != 0;
    if (dies) {
      process.crash_after(1 + below(200));
    }
    const bool bad_cable = below(2) == 0;
    const CableFaults faults{.lost_request = bad_cable ? 0.05 : 0,
                             .lost_reply = bad_cable ? 0.1 : 0,
                             .late = bad_cable ? 0.1 : 0};
    const auto life = process.tasks().spawn("main", [&] { live(process, faults, 0); });
    for (std::uint64_t i = below(4); i > 0; --i) {
      produce(files_made_++);
      rest(3 * second);
    }
    if (keep_ == StoreSettings::Keep::history && below(2) == 0) {
      revoke_one();
    }
    rest(30 * second);
    process.stop().request();
    life->join();
  }

  // A person takes a counted file back, beside the watch.
  void revoke_one() {
    const auto done = store_->listings().files({.states = {FileState::done}});
    if (!done || done->empty()) {
      return;
    }
    const FileRow& row = (*done)[below(done->size())];
    if (store_->corrections().revoke(row.sequence, "for a test")) {
      ++events_.revoked;
      if (watch_ != nullptr) {
        watch_->corrected();
      }
      revoked_.insert(row.path.substr(row.path.rfind('/') + 1));
    }
  }

  // The wall clock was set back since it was counted: it is put away when the clock has caught up.
  bool waits_for_clock(const FileRow& row) {
    return row.state == FileState::done && row.release == ReleaseState::kept &&
           row.finished_at + 3 * second > simulation_.world().clock().wall();
  }

  bool all_put_away() {
    const auto rows = store_->listings().files({});
    std::size_t settled = 0;
    for (const FileRow& row : *rows) {
      const bool away = after_ == After::keep || row.release == ReleaseState::released ||
                        row.state == FileState::revoked || waits_for_clock(row);
      settled += row.state != FileState::pending && away ? 1 : 0;
    }
    return settled == files_made_;
  }

  std::string last_life() {
    const Nanoseconds began = simulation_.world().clock().monotonic();
    while (!all_put_away()) {
      if (simulation_.world().clock().monotonic() - began > patience) {
        std::string open;
        const auto rows = store_->listings().files({});
        for (const FileRow& row : *rows) {
          open += "\n" + row.path + " " + std::string(name(row.state)) + " " + row.reason + " " +
                  std::string(name(row.release)) + " " + row.release_target;
        }
        return "not everything was counted and put away in the end: " +
               std::to_string(files_made_) + " files made" + open;
      }
      Process& last = simulation_.start_process("last");
      const auto life = last.tasks().spawn("main", [&] { live(last, {}, 0); });
      for (int looks = 0; looks < 60 && !all_put_away(); ++looks) {
        simulation_.pause(second);
      }
      last.stop().request();
      life->join();
    }
    return "";
  }

  std::string body() {
    Process& world = simulation_.world();
    files_ = memory_file_system(world.clock(), world.tasks());
    files_->put("/in/.keep", "");
    files_->put("/old/.keep", "");
    after_ = std::vector{After::keep, After::move, After::archive, After::remove}[below(4)];
    keep_ = below(2) == 0 ? StoreSettings::Keep::history : StoreSettings::Keep::totals;
    store_ = open_memory_store(memory_database(KeyKind::integer), world.clock(), world.tasks(),
                               "usage", keep_);
    if (!store_->schema().prepare()) {
      return "no schema";
    }
    for (std::uint64_t lives = 1 + below(4); lives > 0; --lives) {
      live_and_leave();
    }
    if (auto verdict = last_life(); !verdict.empty()) {
      return verdict;
    }
    simulation_.pause(10 * second);  // whatever is late has arrived
    return judge();
  }

  bool is_where_its_row_says(const std::string& name) {
    const bool here = files_->contents("/in/" + name).has_value();
    const bool moved = files_->contents("/old/" + name).has_value() ||
                       files_->contents("/old/" + name + ".zst").has_value();
    const auto rows = store_->listings().files({});
    for (const FileRow& row : *rows) {
      if (row.path != "/in/" + name) {
        continue;
      }
      events_.released += row.release == ReleaseState::released ? 1 : 0;
      switch (row.release) {
        case ReleaseState::kept:
          return here && !moved;
        case ReleaseState::releasing:
          return here || moved;
        case ReleaseState::released:
          return !here && moved == (after_ != After::remove);
      }
    }
    return false;
  }

  std::string judge() {
    const auto report = verify(*store_);
    if (!report || !report->balanced()) {
      return report ? report->faults.front() : report.error().message;
    }
    Expected expected;
    for (const auto& [file, sums] : produced_) {
      const std::string name = std::to_string(file);
      if (!is_where_its_row_says(name)) {
        return name + " is not where it should be";
      }
      const bool taken_back = revoked_.contains(name);
      for (const auto& [consumer, sum] : sums) {
        expected[consumer] += taken_back ? 0 : sum;
      }
    }
    Expected totals;
    const auto scanned = store_->totals().scan([&](const SumEntry& entry) -> Result<void> {
      totals[entry.id] = entry.sum;
      return {};
    });
    return scanned && totals == expected ? "" : "the totals are wrong";
  }

  Events& events_;
  const std::unique_ptr<Random> choice_;
  Simulation simulation_;
  std::unique_ptr<MemoryFileSystem> files_;
  std::unique_ptr<Store> store_;
  std::map<std::uint64_t, Expected> produced_;  // by file
  std::set<std::string> revoked_;
  std::uint64_t files_made_ = 0;
  Watch* watch_ = nullptr;
  After after_ = After::keep;
  StoreSettings::Keep keep_ = StoreSettings::Keep::totals;
  int lives_ = 0;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// faults 1, 2, 3, 4, 5, 9, 12 (of a service)
TEST(SimulatedWatch, EveryLineCountsOnceAndEveryFileIsPutAway) {
  Stacks stacks;
  const std::uint64_t first = from_environment("WEIR_SEED", 1);
  const std::uint64_t seeds = from_environment("WEIR_SEEDS", 3'000);
  Events events;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    ASSERT_EQ(Trial(seed, stacks, events).run(), "") << "WEIR_SEED=" << seed << " WEIR_SEEDS=1";
  }
  std::cout << seeds << " seeds: " << events.deaths << " watches killed, " << events.leaves
            << " asked to leave, " << events.answers << " answers, " << events.receipts
            << " receipts, " << events.revoked << " files taken back, " << events.released
            << " put away\n";
  EXPECT_GE(events.deaths * 2, seeds);
  EXPECT_GE(events.answers * 10, seeds);
  EXPECT_GE(events.revoked * 50, seeds);
}

}  // namespace
}  // namespace weir::testing
