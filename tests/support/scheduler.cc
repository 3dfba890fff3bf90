// SPDX-License-Identifier: Apache-2.0
// The scheduler enters one fiber after the other; a fiber leaves at every lock, wait, join and
// yield, and is then in one of these states:
//
//              yield, notice, deadline, unlock, end of a joined fiber
//            ┌───────────────────────────────────────────────────────┐
//            ▼                                                       │
//   spawn ─► ready ──(chosen by the seed)──► runs ──► waits (monitor, deadline)
//                                             │  └──► locks (monitor held by another)
//                                             │  └──► joins (another fiber)
//                                             ▼
//                                          finished
//
// The seed also draws the manner of a run: how readily the scheduler changes fibers, and whether
// some of them are slow. Fine and coarse interleavings find different bugs.
#include "support/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace weir::testing {

Scheduler::Scheduler(std::uint64_t seed, const SimulationOptions& options)
    : seed_(seed),
      options_(options),
      own_stacks_(options.stacks == nullptr ? std::make_unique<Stacks>() : nullptr),
      stacks_(own_stacks_ ? *own_stacks_ : *options.stacks),
      random_(seeded_random(seed)),
      steps_per_change_(std::uint64_t{1} << draw(6)),
      some_are_slow_(draw(2) == 1) {
  outside_.name = "outside of run()";
}

Strand& Scheduler::spawn(Process& process, const std::string& name, std::function<void()> body) {
  CHECK(name.size() <= 15);
  Strand& strand = strands_.emplace_back();
  strand.number = strands_.size();
  strand.name = name;
  strand.process = &process;
  strand.weight = some_are_slow_ ? std::uint64_t{1} << draw(8) : 1;
  strand.fiber.emplace(stacks_, std::move(body));
  unfinished_.push_back(&strand);
  return strand;
}

void Scheduler::run() {
  CHECK(current_ == &outside_);
  while (Strand* const strand = choose()) {
    digest_ = (digest_ ^ strand->number ^ steps_ << 16) * 0x100000001b3;  // as FNV-1a does
    current_ = strand;
    strand->fiber->enter();
    if (strand->fiber->finished()) {
      strand->doing = Doing::finished;
      strand->fiber.reset();
      std::erase(unfinished_, strand);
      wake(Doing::joins, strand);
    }
  }
  current_ = &outside_;
}

// Nothing: all have finished.
Strand* Scheduler::choose() {
  collect_ready();
  while (ready_.empty() && !unfinished_.empty()) {
    pass_time();
    collect_ready();
  }
  return unfinished_.empty() ? nullptr : &weighted_choice();
}

// Now and then a wait ends without cause, as it may on any machine; never the last hope of a
// deadlock.
void Scheduler::collect_ready() {
  ready_.clear();
  for (Strand* const strand : unfinished_) {
    if (strand->doing == Doing::ready && !frozen(*strand)) {
      ready_.push_back(strand);
    }
  }
  if (!ready_.empty() && draw(64) == 0) {
    Strand& lucky = *unfinished_[draw(unfinished_.size())];
    if (lucky.doing == Doing::waits && !frozen(lucky)) {
      lucky.doing = Doing::ready;
      ready_.push_back(&lucky);
    }
  }
}

Strand& Scheduler::weighted_choice() {
  std::uint64_t weights = 0;
  for (const Strand* strand : ready_) {
    weights += strand->weight;
  }
  std::uint64_t ticket = draw(weights);
  for (Strand* const strand : ready_) {
    if (ticket < strand->weight) {
      return *strand;
    }
    ticket -= strand->weight;
  }
  CHECK(false);
}

// The code outside of run() has no process.
bool Scheduler::frozen(const Strand& strand) const {
  return strand.process != nullptr && strand.process->frozen_until() > now_ &&
         strand.monitors_held == 0;
}

// Everybody waits, or is frozen: it becomes the earliest deadline, or end of a frost.
void Scheduler::pass_time() {
  Nanoseconds earliest = forever;
  for (const Strand* strand : unfinished_) {
    if (frozen(*strand) && (strand->doing == Doing::ready || strand->doing == Doing::waits)) {
      earliest = std::min(earliest, strand->process->frozen_until());
    }
    earliest = strand->doing == Doing::waits ? std::min(earliest, strand->deadline) : earliest;
  }
  if (earliest == forever) {
    fail("deadlock");
  }
  CHECK(earliest >= now_);
  now_ = earliest;
  for (Strand* const strand : unfinished_) {
    if (strand->doing == Doing::waits && strand->deadline <= now_) {
      strand->doing = Doing::ready;
    }
  }
}

void Scheduler::count_step() {
  if (++steps_ > options_.steps_max) {
    fail("a loop that does not end");
  }
}

void Scheduler::leave() {
  Strand& self = *current_;
  self.fiber->leave();
  CHECK(current_ == &self && self.doing == Doing::ready);
}

void Scheduler::step_aside() {
  if (current_ != &outside_) {
    count_step();
    leave();
  }
}

void Scheduler::yield() {
  if (draw(steps_per_change_) == 0) {
    step_aside();
  } else {
    count_step();
  }
}

void Scheduler::block(Doing doing, const void* on, Nanoseconds deadline) {
  if (current_ == &outside_) {
    fail("a wait outside of run()");
  }
  count_step();
  Strand& self = *current_;
  self.doing = doing;
  self.on = on;
  self.deadline = deadline;
  leave();
  self.on = nullptr;
  self.deadline = forever;
}

void Scheduler::wake(Doing doing, const void* on) {
  for (Strand* const strand : unfinished_) {
    if (strand->doing == doing && strand->on == on) {
      strand->doing = Doing::ready;
    }
  }
}

void Scheduler::wake_waiting(const Process& process) {
  for (Strand* const strand : unfinished_) {
    if (strand->doing == Doing::waits && strand->process == &process) {
      strand->doing = Doing::ready;
    }
  }
}

std::string Scheduler::describe(const Strand& strand) const {
  std::string text = fmt::format("  {} of {}{}: ", strand.name, strand.process->name(),
                                 strand.process->dead() ? " (dead)" : "");
  switch (strand.doing) {
    case Doing::ready:
      text += &strand == current_ ? "runs" : "ready";
      break;
    case Doing::waits:
      text += strand.deadline == forever ? "waits to be notified"
                                         : fmt::format("waits until {} ns", strand.deadline);
      break;
    case Doing::locks:
      text += "waits for a monitor that another holds";
      break;
    case Doing::joins:
      text += "joins " + static_cast<const Strand*>(strand.on)->name;
      break;
    case Doing::finished:
      text += "finished";
      break;
  }
  return text + fmt::format(", holds {} monitors\n", strand.monitors_held);
}

void Scheduler::fail(const std::string& what) const {
  std::string text = fmt::format("simulation: {}: seed {}, step {}, {} ns; {} runs\n", what, seed_,
                                 steps_, now_, current_->name);
  for (const Strand* strand : unfinished_) {
    text += describe(*strand);
  }
  std::fputs(text.c_str(), stderr);
  std::abort();
}

}  // namespace weir::testing
