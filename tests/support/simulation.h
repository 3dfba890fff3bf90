// SPDX-License-Identifier: Apache-2.0
// A simulated machine: the threads of weir as fibers, one at a time, woken by a seeded scheduler,
// and time that passes only when everybody waits. The same seed gives the same run on any machine.
//
//   Simulation simulation(seed);
//   simulation.run([&] {                                     // a fiber of the world
//     Process& weir = simulation.start_process("weir");
//     const auto job = weir.tasks().spawn("ingest", [&] { ingest(Machine{weir.clock(), …}, …); });
//     weir.crash_after(17);                                  // dies at its 17th call of a seam
//   });
//
// It stops the program, and prints the seed and what every fiber does, when nobody can go on (a
// deadlock), when a run takes more than steps_max steps (a loop that never ends), and when a fiber
// calls a seam while it holds a monitor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/stop.h"
#include "base/tasks.h"
#include "support/fiber.h"

namespace weir::testing {

// A process of the simulated machine: what it is handed instead of the real seams. Lives as long
// as the simulation. Everything is of one thread.
//
// A process that crashed is not torn away from its fibers: it goes on in a dead world, in which
// nothing has an effect, until all of them have returned by ordinary ways.
class Process {
 public:
  virtual ~Process() = default;
  virtual const std::string& name() const = 0;

  virtual Tasks& tasks() = 0;  // its fibers are of this process
  virtual Clock& clock() = 0;  // one monotonic clock for all; the wall clock jumps about, or is off
  virtual Random& random() = 0;
  virtual Stop& stop() = 0;  // a crash requests it, so that nobody tries again for ever

  // For seams, before and after each effect: others may run here, and this process may die here.
  // False: the caller is dead; the seam answers `unavailable` and has no effect (any more).
  virtual bool yield() = 0;

  virtual bool dead() const = 0;
  virtual void crash() = 0;                            // now: seams have no effect, waits end once
  virtual void crash_after(std::uint64_t yields) = 0;  // 1: at its next yield

  // None of its fibers goes on for so long, whatever they wait for; a crash ends it. One that holds
  // a monitor leaves it first: it may be that of a server.
  virtual void freeze(Nanoseconds duration) = 0;
  virtual Nanoseconds frozen_until() const = 0;  // by the monotonic clock
};

struct SimulationOptions {
  std::uint64_t steps_max = 1'000'000;
  Stacks* stacks = nullptr;  // to share between simulations; nothing: its own
  // A spawn in so many finds no worker, and its body runs in join(); 0: none does. Not of the
  // world's.
  std::uint64_t spawns_per_refusal = 0;
  // Wall clocks do not jump: each process's is off by up to so much, either way, and the world's is
  // right. Nothing: all jump.
  std::optional<Nanoseconds> wall_off_max = {};
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, const SimulationOptions& options = {});
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  // Once. Returns when this body and every fiber that came of it have returned.
  void run(std::function<void()> main_body);

  Process& start_process(const std::string& name);
  void kill(Process& process) { process.crash(); }

  // What never dies: servers, cables, the test itself.
  Process& world();
  // A fiber of the world that nobody joins: say, a commit that is still on its way to the server
  // when the process that sent it is dead.
  void spawn(const std::string& name, std::function<void()> body);
  // The calling fiber does nothing for so long: a slow disk, a slow server. At once in a dead
  // process.
  void pause(Nanoseconds duration);

  std::uint64_t seed() const;
  std::uint64_t steps() const;
  std::uint64_t schedule_digest() const;  // equal schedules, equal digests

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir::testing
