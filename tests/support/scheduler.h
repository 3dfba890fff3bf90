// SPDX-License-Identifier: Apache-2.0
// The seeded scheduler of a simulation: which fiber goes next, and when time passes. Inside
// support/simulation.cc; tests use support/simulation.h.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "support/fiber.h"
#include "support/simulation.h"

namespace weir::testing {

inline constexpr Nanoseconds forever = std::numeric_limits<Nanoseconds>::max();

enum class Doing { ready, waits, locks, joins, finished };

// One fiber as the scheduler sees it.
struct Strand {
  std::uint64_t number = 0;  // from 1, in the order of birth
  std::string name;
  Process* process = nullptr;
  Doing doing = Doing::ready;
  const void* on = nullptr;        // the monitor or strand it waits for
  Nanoseconds deadline = forever;  // while it waits
  std::size_t monitors_held = 0;
  std::uint64_t weight = 1;    // how likely it is chosen
  std::optional<Fiber> fiber;  // none: the code outside of run()
};

class Scheduler {
 public:
  Scheduler(std::uint64_t seed, const SimulationOptions& options);

  std::uint64_t draw(std::uint64_t below) { return random_->next() % below; }
  std::uint64_t seed() const { return seed_; }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t digest() const { return digest_; }
  Nanoseconds now() const { return now_; }
  Strand& current() { return *current_; }
  const SimulationOptions& options() const { return options_; }

  Strand& spawn(Process& process, const std::string& name, std::function<void()> body);
  void run();
  void yield();       // the current strand stays ready; perhaps others go first
  void step_aside();  // the same; certainly, if there are others
  void count_step();
  void block(Doing doing, const void* on, Nanoseconds deadline = forever);
  void wake(Doing doing, const void* on);
  void wake_waiting(const Process& process);
  [[noreturn]] void fail(const std::string& what) const;

 private:
  Strand* choose();
  void collect_ready();
  Strand& weighted_choice();
  void pass_time();
  bool frozen(const Strand& strand) const;
  void leave();
  std::string describe(const Strand& strand) const;

  const std::uint64_t seed_;
  const SimulationOptions options_;
  std::unique_ptr<Stacks> own_stacks_;
  Stacks& stacks_;
  const std::unique_ptr<Random> random_;
  const std::uint64_t steps_per_change_;
  const bool some_are_slow_;
  std::deque<Strand> strands_;  // all that ever were: a task may still ask for its own
  std::vector<Strand*> unfinished_;
  Strand outside_;
  Strand* current_ = &outside_;
  std::vector<Strand*> ready_;  // of the last choice; kept for its memory
  Nanoseconds now_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t digest_ = 0;
};

}  // namespace weir::testing
