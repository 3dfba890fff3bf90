// SPDX-License-Identifier: Apache-2.0
// The ingest flow in a simulated world: processes die at any call, replies are lost, commits arrive
// late, disks fail to read, two processes work side by side; in the end every line counts once.
#include "flow/ingest.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "flow/quarantine.h"
#include "flow/verify.h"
#include "io/memory.h"
#include "source/directory.h"
#include "store/memory.h"
#include "support/simulation.h"
#include "support/world.h"

namespace weir::testing {
namespace {

using Expected = std::map<std::string, Int128>;

// A bug on purpose: sums are added in one transaction, units marked done in another.
class SplitStore final : public Store, Committer {
 public:
  SplitStore(Store& store, Expected& totals, Process& process)
      : store_(store), totals_(totals), process_(process) {}
  Ledger& ledger() override { return store_.ledger(); }
  Committer& committer() override { return *this; }
  Totals& totals() override { return store_.totals(); }
  Listings& listings() override { return store_.listings(); }
  Audit& audit() override { return store_.audit(); }
  Schema& schema() override { return store_.schema(); }
  History& history() override { return store_.history(); }
  Corrections& corrections() override { return store_.corrections(); }
  TableCopy& copy() override { return store_.copy(); }

  Result<Receipt> commit(const Batch& batch) override {
    TRY(batch.partial.rewind());
    for (;;) {
      TRY_ASSIGN(const auto entries, batch.partial.next());
      if (entries.empty()) {
        break;
      }
      for (const SumEntry& entry : entries) {
        totals_[std::to_string(entry.id)] += entry.sum;
      }
    }
    if (!process_.yield()) {
      return Error{ErrorKind::unavailable, "dead between two transactions"};
    }
    return store_.committer().commit(batch);
  }

 private:
  Store& store_;
  Expected& totals_;
  Process& process_;
};

// What happened, so that a simulation of nothing cannot pass.
struct Events {
  std::uint64_t deaths = 0;
  std::uint64_t processes = 0;
  std::uint64_t late_commits_that_counted = 0;
  std::uint64_t late_commits_that_came_second = 0;
  std::uint64_t passes_that_spilled = 0;
  std::uint64_t files_set_aside = 0;
};

class Trial {
 public:
  Trial(std::uint64_t seed, Stacks& stacks, bool split, Events& events)
      : split_(split),
        events_(events),
        choice_(seeded_random(seed)),
        simulation_(seed, {.stacks = &stacks, .spawns_per_refusal = 50}) {}

  // What is wrong in the end; empty: nothing.
  std::string run() {
    std::string verdict;
    simulation_.run([&] { verdict = body(); });
    return verdict;
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return choice_->next() % bound; }

  void make_files() {
    const std::uint64_t files = 1 + below(6);
    for (std::uint64_t file = 0; file < files; ++file) {
      std::string bytes;
      for (std::uint64_t line = below(30); line > 0; --line) {
        if (below(8) == 0) {
          bytes += below(2) == 0 ? "bad line\n" : "\n";
          continue;
        }
        const std::string consumer = std::to_string(below(12));
        const std::uint64_t amount = below(1000);
        bytes += consumer + " " + std::to_string(amount) + "\n";
        expected_[consumer] += amount;
      }
      files_->put("/in/" + std::to_string(file), bytes);
    }
  }

  FlowSettings settings() {
    FlowSettings settings{.jobs = static_cast<int>(1 + below(3))};
    settings.fold.unit_bytes = 1 + below(40);
    settings.fold.entries_max = below(3) == 0 ? 3 * static_cast<std::uint64_t>(settings.jobs) : 0;
    settings.fold.memory_bytes = 1 << 20;
    settings.fold.batch_keys = 1 + below(12);
    settings.fold.spill_folder = "/spill";
    settings.rejects.ratio_max = 1;
    settings.store.keep = keep_;
    return settings;
  }

  // One process from its start to its end.
  void live(Process& process, const CableFaults& faults, double read_error) {
    const auto files = cabled_files(process, *files_, read_error);
    std::unique_ptr<Store> split;
    if (split_) {
      split = std::make_unique<SplitStore>(*store_, split_totals_, process);
      kept_.push_back(std::move(split));
    }
    Store& behind = split_ ? *kept_.back() : *store_;
    const auto store = cabled_store(simulation_, process, behind, faults, [this](bool counted) {
      ++(counted ? events_.late_commits_that_counted : events_.late_commits_that_came_second);
    });
    const auto source = open_directory_source(*files, {.paths = {"/in"}});
    if (!source) {
      return;
    }
    const Machine machine{process.clock(), process.random(), process.tasks(), *files};
    Progress progress;
    const auto summary =
        ingest(machine, **source, *store, settings(), progress, [](const Note&) {}, process.stop());
    passed_ = summary && !summary->stopped && !process.dead();
    events_.deaths += process.dead() ? 1 : 0;
    ++events_.processes;
    if (summary) {
      events_.passes_that_spilled += summary->bytes_spilled > 0 ? 1 : 0;
      events_.files_set_aside += summary->files_quarantined;
    }
  }

  void live_and_die() {
    std::vector<std::unique_ptr<Task>> tasks;
    const std::uint64_t processes = 1 + (below(4) == 0 ? 1 : 0);
    for (std::uint64_t i = 0; i < processes; ++i) {
      Process& process = simulation_.start_process("weir-" + std::to_string(lives_++));
      if (below(8) != 0) {
        process.crash_after(1 + below(300));
      }
      const bool bad_cable = below(2) == 0;
      const CableFaults faults{.lost_request = bad_cable ? 0.05 : 0,
                               .lost_reply = bad_cable ? 0.1 : 0,
                               .late = bad_cable ? 0.2 : 0};
      const double read_error = below(4) == 0 ? 0.05 : 0;
      tasks.push_back(process.tasks().spawn(
          "main", [this, &process, faults, read_error] { live(process, faults, read_error); }));
    }
    for (const auto& task : tasks) {
      task->join();
    }
  }

  Result<void> retry_quarantined() {
    TRY_ASSIGN(const auto files, store_->listings().files({.states = {FileState::quarantined}}));
    for (const FileRow& file : files) {
      TRY(retry_file(*store_, file));
    }
    return {};
  }

  std::string body() {
    Process& world = simulation_.world();
    files_ = memory_file_system(world.clock());
    files_->put("/in/.keep", "");
    keep_ = below(3) == 0 ? StoreSettings::Keep::history : StoreSettings::Keep::totals;
    store_ = open_memory_store(memory_database(KeyKind::integer), world.clock(), world.tasks(),
                               "usage", keep_);
    if (!store_->schema().prepare()) {
      return "no schema";
    }
    make_files();
    for (std::uint64_t lives = 1 + below(4); lives > 0; --lives) {
      live_and_die();
      if (below(2) == 0) {
        simulation_.pause(static_cast<Nanoseconds>(below(2'000'000'000)));
      }
    }
    if (!retry_quarantined()) {
      return "cannot retry";
    }
    passed_ = false;
    for (int passes = 0; !passed_ && passes < 10; ++passes) {  // it may be refused its threads
      Process& last = simulation_.start_process("last");
      last.tasks().spawn("main", [&] { live(last, {}, 0); })->join();
    }
    if (!passed_) {
      return "the last pass, without faults, did not end well";
    }
    simulation_.pause(10'000'000'000);  // whatever is late has arrived
    return split_ ? compare(split_totals_) : judge();
  }

  std::string judge() {
    const auto report = verify(*store_);
    if (!report || !report->balanced()) {
      return report ? report->faults.front() : report.error().message;
    }
    const auto open =
        store_->listings().files({.states = {FileState::pending, FileState::quarantined}});
    if (!open || !open->empty()) {
      return "not every file is done";
    }
    Expected totals;
    const auto scanned = store_->totals().scan([&](const SumEntry& entry) -> Result<void> {
      totals[std::to_string(entry.id)] = entry.sum;
      return {};
    });
    if (!scanned || !compare(totals).empty()) {
      return scanned ? compare(totals) : scanned.error().message;
    }
    return keep_ == StoreSettings::Keep::history ? take_all_back() : "";
  }

  // What each file added is known, whatever became of the processes that counted it.
  std::string take_all_back() {
    const auto files = store_->listings().files({});
    for (const FileRow& file : *files) {
      if (const auto revoked = store_->corrections().revoke(file.sequence, ""); !revoked) {
        return revoked.error().message;
      }
    }
    const auto report = verify(*store_);
    const auto top = store_->totals().top(1);
    const bool nothing = top->empty() || top->front().amount == 0;
    return report->balanced() && nothing ? "" : "something of the files is left";
  }

  std::string compare(const Expected& totals) const {
    return totals == expected_ ? "" : "the totals are wrong";
  }

  const bool split_;
  StoreSettings::Keep keep_ = StoreSettings::Keep::totals;
  Events& events_;
  const std::unique_ptr<Random> choice_;
  Simulation simulation_;
  std::unique_ptr<MemoryFileSystem> files_;
  std::unique_ptr<Store> store_;
  std::vector<std::unique_ptr<Store>> kept_;  // for commits that arrive after their process died
  Expected expected_;
  Expected split_totals_;
  int lives_ = 0;
  bool passed_ = false;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// faults 1, 2, 3, 4, 5, 12, 24
// fault 149 (part: another process with other settings goes on with the stored plan)
TEST(SimulatedIngest, EveryLineCountsOnceWhateverTheInterleaving) {
  Stacks stacks;
  const std::uint64_t first = from_environment("WEIR_SEED", 1);
  const std::uint64_t seeds = from_environment("WEIR_SEEDS", 10'000);
  Events events;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    ASSERT_EQ(Trial(seed, stacks, false, events).run(), "")
        << "WEIR_SEED=" << seed << " WEIR_SEEDS=1";
  }
  std::cout << seeds << " seeds: " << events.processes << " processes, " << events.deaths
            << " killed, " << events.late_commits_that_counted << " late commits that counted, "
            << events.late_commits_that_came_second << " that came second, "
            << events.passes_that_spilled << " passes that spilled, " << events.files_set_aside
            << " files set aside\n";
  EXPECT_GE(events.deaths * 4, seeds);
  EXPECT_GE(events.late_commits_that_counted * 100, seeds);
  EXPECT_GE(events.late_commits_that_came_second * 100, seeds);
}

TEST(SimulatedIngest, FindsACommitThatIsTwoTransactions) {
  Stacks stacks;
  Events events;
  std::uint64_t seed = 1;
  while (seed <= 1000 && Trial(seed, stacks, true, events).run().empty()) {
    ++seed;
  }
  EXPECT_LE(seed, 1000U) << "the simulation is blind";
  RecordProperty("seed", static_cast<int>(seed));
}

}  // namespace
}  // namespace weir::testing
