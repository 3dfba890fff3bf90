// SPDX-License-Identifier: Apache-2.0
#include "support/simulation.h"

#include <deque>
#include <utility>

#include "base/check.h"
#include "support/scheduler.h"

namespace weir::testing {
namespace {

constexpr Nanoseconds wall_start = 1'777'863'721'000'000'000;  // 2026-05-04T03:02:01Z

class SimulatedMonitor final : public Monitor {
 public:
  explicit SimulatedMonitor(Scheduler& scheduler) : scheduler_(scheduler) {}
  void lock() override;
  void unlock() override;
  void wait() override { wait_until(forever); }
  void wait_until(Nanoseconds monotonic_deadline) override;
  void notify_all() override;

 private:
  void take();
  void release();
  Scheduler& scheduler_;
  Strand* owner_ = nullptr;
};

class SimulatedTask final : public Task {
 public:
  SimulatedTask(Scheduler& scheduler, Strand& strand) : scheduler_(scheduler), strand_(strand) {}
  ~SimulatedTask() override { join(); }
  void join() override {
    while (!abandoned_ && strand_.doing != Doing::finished) {
      scheduler_.block(Doing::joins, &strand_);
    }
  }
  void abandon() override { abandoned_ = true; }

 private:
  Scheduler& scheduler_;
  Strand& strand_;
  bool abandoned_ = false;
};

// No worker could be had.
class RefusedTask final : public Task {
 public:
  explicit RefusedTask(std::function<void()> body) : body_(std::move(body)) {}
  ~RefusedTask() override { join(); }
  void join() override {
    if (body_) {
      std::exchange(body_, nullptr)();
    }
  }
  bool started() const override { return !body_; }
  void abandon() override { body_ = nullptr; }

 private:
  std::function<void()> body_;
};

class SimulatedProcess final : public Process, public Tasks, public Clock {
 public:
  SimulatedProcess(Scheduler& scheduler, std::string name, bool mortal)
      : scheduler_(scheduler),
        name_(std::move(name)),
        mortal_(mortal),
        random_(seeded_random(scheduler.draw(UINT64_MAX))) {}

  const std::string& name() const override { return name_; }
  Tasks& tasks() override { return *this; }
  Clock& clock() override { return *this; }
  Random& random() override { return *random_; }
  Stop& stop() override { return stop_; }
  bool yield() override;
  bool dead() const override { return dead_; }
  void crash() override;
  void crash_after(std::uint64_t yields) override;

  std::unique_ptr<Task> spawn(const std::string& name, std::function<void()> body) override;
  std::unique_ptr<Monitor> monitor() override {
    return std::make_unique<SimulatedMonitor>(scheduler_);
  }

  Nanoseconds monotonic() override { return scheduler_.now(); }
  Nanoseconds wall() override;

 private:
  Scheduler& scheduler_;
  const std::string name_;
  const bool mortal_;
  const std::unique_ptr<Random> random_;
  Stop stop_;
  bool dead_ = false;
  std::uint64_t yields_to_live_ = 0;  // 0: no end in sight
  Nanoseconds wall_offset_ = 0;
};

void SimulatedMonitor::take() {
  while (owner_ != nullptr) {
    if (owner_ == &scheduler_.current()) {
      scheduler_.fail("a monitor is locked twice");
    }
    scheduler_.block(Doing::locks, this);
  }
  owner_ = &scheduler_.current();
  ++owner_->monitors_held;
}

void SimulatedMonitor::release() {
  if (owner_ != &scheduler_.current()) {
    scheduler_.fail("a monitor is used by who does not hold it");
  }
  --owner_->monitors_held;
  owner_ = nullptr;
  scheduler_.wake(Doing::locks, this);
}

void SimulatedMonitor::lock() {
  scheduler_.yield();
  take();
}

void SimulatedMonitor::unlock() {
  release();
  scheduler_.yield();
}

void SimulatedMonitor::wait_until(Nanoseconds monotonic_deadline) {
  release();
  if (monotonic_deadline <= scheduler_.now()) {
    scheduler_.step_aside();
  } else {
    scheduler_.block(Doing::waits, this, monotonic_deadline);
  }
  take();
}

void SimulatedMonitor::notify_all() {
  if (owner_ != &scheduler_.current()) {
    scheduler_.fail("a monitor is notified by who does not hold it");
  }
  scheduler_.wake(Doing::waits, this);
}

bool SimulatedProcess::yield() {
  if (scheduler_.current().monitors_held > 0) {
    scheduler_.fail("a seam is called while a monitor is held");
  }
  if (yields_to_live_ > 0 && --yields_to_live_ == 0) {
    crash();
  }
  if (dead_) {
    scheduler_.count_step();
  } else {
    scheduler_.yield();
  }
  return !dead_;
}

void SimulatedProcess::crash() {
  CHECK(mortal_);
  dead_ = true;
  stop_.request();
  scheduler_.wake_waiting(*this);
}

void SimulatedProcess::crash_after(std::uint64_t yields) {
  CHECK(mortal_ && yields > 0);
  yields_to_live_ = yields;
}

std::unique_ptr<Task> SimulatedProcess::spawn(const std::string& name, std::function<void()> body) {
  const std::uint64_t refusals = scheduler_.options().spawns_per_refusal;
  if (mortal_ && refusals > 0 && scheduler_.draw(refusals) == 0) {
    return std::make_unique<RefusedTask>(std::move(body));
  }
  return std::make_unique<SimulatedTask>(scheduler_,
                                         scheduler_.spawn(*this, name, std::move(body)));
}

// Follows the monotonic clock, and now and then a person sets it by days, in either direction.
Nanoseconds SimulatedProcess::wall() {
  constexpr Nanoseconds hour = 3'600'000'000'000;
  if (random_->next() % 16 == 0) {
    wall_offset_ = (static_cast<Nanoseconds>(random_->next() % 97) - 48) * hour;
  }
  return wall_start + wall_offset_ + scheduler_.now();
}

}  // namespace

struct Simulation::State {
  State(std::uint64_t seed, const SimulationOptions& options)
      : scheduler(seed, options), world(scheduler, "the world", false) {}
  Scheduler scheduler;
  SimulatedProcess world;
  std::deque<SimulatedProcess> processes;
};

Simulation::Simulation(std::uint64_t seed, const SimulationOptions& options)
    : state_(std::make_unique<State>(seed, options)) {}

Simulation::~Simulation() = default;

void Simulation::run(std::function<void()> main_body) {
  spawn("main", std::move(main_body));
  state_->scheduler.run();
}

Process& Simulation::start_process(const std::string& name) {
  return state_->processes.emplace_back(state_->scheduler, name, true);
}

Process& Simulation::world() {
  return state_->world;
}

void Simulation::spawn(const std::string& name, std::function<void()> body) {
  state_->scheduler.spawn(state_->world, name, std::move(body));
}

void Simulation::pause(Nanoseconds duration) {
  Scheduler& scheduler = state_->scheduler;
  const Nanoseconds end = scheduler.now() + duration;
  const Strand& self = scheduler.current();
  while (scheduler.now() < end && !(self.process != nullptr && self.process->dead())) {
    scheduler.block(Doing::waits, &self, end);
  }
}

std::uint64_t Simulation::seed() const {
  return state_->scheduler.seed();
}

std::uint64_t Simulation::steps() const {
  return state_->scheduler.steps();
}

std::uint64_t Simulation::schedule_digest() const {
  return state_->scheduler.digest();
}

}  // namespace weir::testing
