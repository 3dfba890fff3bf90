// SPDX-License-Identifier: Apache-2.0
#include "flow/watch.h"

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.h"
#include "flow/events.h"
#include "flow/release_pace.h"
#include "flow/watch_state.h"
#include "flow/workers.h"
#include "model/limits.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
constexpr Nanoseconds listen_for = second;
constexpr Nanoseconds release_every = 10 * second;
constexpr Nanoseconds outage_pause_min = 1 * second;
constexpr Nanoseconds outage_pause_max = 60 * second;

}  // namespace

Watch::State::State(const Options& given)
    : options(given),
      clock(given.machine.clock),
      inbox(given.machine.tasks),
      backlog(given.machine.tasks),
      completeness(
          {.source = given.source, .machine = given.machine, .settings = given.settings.source}),
      acceptor(
          {.machine = given.machine,
           .source = given.source,
           .store = given.store,
           .settings = given.settings,
           .notes = given.notes,
           .stop = given.stop,
           .ready = [this](const SourceObject& object) { return completeness.ready(object, how); },
           .poison = given.poison,
           .remembers = true}),
      receipts(given.store, given.machine, given.stop),
      pace(given.settings.source.scan_every),
      upkeep({given.machine, given.store, given.settings, given.notes, given.stop}),
      releaser({.machine = given.machine,
                .source = given.source,
                .store = given.store,
                .settings = given.settings.source,
                .notes = given.notes,
                .stop = given.stop}),
      committed(given.machine.tasks),
      monitor(given.machine.tasks.monitor()) {}

Watch::Watch(const Options& options) : state_(std::make_unique<State>(options)) {}
Watch::~Watch() = default;

Result<void> Watch::run() {
  return state_->run();
}

bool Watch::notice(AskedNotice notice) {
  return state_->inbox.put(std::move(notice));
}

void Watch::rescan() {
  state_->inbox.rescan();
}

void Watch::corrected() {
  state_->inbox.corrected();
}

WatchStatus Watch::status() {
  state_->change([this](WatchStatus& status) {
    status.files_under_way = state_->backlog.under_way();
    status.files_counted = state_->options.progress.files_done;
  });
  const Held held(*state_->monitor);
  return state_->status;
}

// ---- one pipeline after another, as long as the store can be reached

Result<void> Watch::State::run() {
  Nanoseconds outage_pause = outage_pause_min;
  while (!options.stop.requested()) {
    Pipeline pipeline({.machine = options.machine,
                       .source = options.source,
                       .store = options.store,
                       .settings = options.settings,
                       .progress = options.progress,
                       .notes = options.notes,
                       .stop = options.stop,
                       .endless = true,
                       .settled = [this](const Receipt& receipt) { settled(receipt); },
                       .poison = options.poison,
                       .shares = options.shares});
    const Nanoseconds began = clock.monotonic();
    const auto ran = pipeline.run([&] { return feed(pipeline); });
    change([&](WatchStatus& now) { now.files_quarantined += pipeline.set_aside().files(); });
    if (!ran && ran.error().kind != ErrorKind::unavailable) {
      return ran;
    }
    if (!ran && !options.stop.requested()) {
      change([](WatchStatus& now) {
        now.store_reached = false;
        ++now.store_failures;
      });
      options.notes({.severity = Severity::error,
                     .event = event::watch_outage,
                     .text = "it waits, and tries again: " + ran.error().message,
                     .fields = {{field::reason, ran.error().message}}});
      const bool lasted = clock.monotonic() - began > outage_pause_max;
      outage_pause = lasted ? outage_pause_min : std::min(outage_pause * 2, outage_pause_max);
      pause(outage_pause);
    }
  }
  return {};
}

// On the committer's thread.
void Watch::State::settled(const Receipt& receipt) {
  change([](WatchStatus& now) { ++now.commits; });
  for (const FinishedFile& file : receipt.finished) {
    options.notes({.severity = Severity::info,
                   .event = event::file_counted,
                   .text = escaped(file.path) + " is counted",
                   .fields = {{field::path, file.path}}});
  }
  inbox.committed();
  committed.committed();
}

void Watch::State::pause(Nanoseconds duration) {
  const Nanoseconds until = clock.monotonic() + duration;
  for (Nanoseconds now = clock.monotonic(); now < until && !options.stop.requested();
       now = clock.monotonic()) {
    Mail mail = inbox.take(std::min(until, now + look_every));
    for (const AskedNotice& asked : mail.notices) {
      refuse(asked, "the store is out of reach; a later scan finds the file");
    }
    rescan = true;
    be_alive();
  }
}

// ---- feeder

Result<void> Watch::State::feed(Pipeline& pipeline) {
  acceptor.forget();  // the store was out of reach: it may have fallen back
  backlog.open();
  offered = Result<void>();
  ended = false;
  Tasks& tasks = options.machine.tasks;
  std::vector<std::unique_ptr<Task>> beside;
  beside.push_back(tasks.spawn("offer", [&] { offer(pipeline); }));
  beside.push_back(tasks.spawn("listen", [&] { listen(pipeline); }));
  beside.push_back(tasks.spawn("release", [&] { release(pipeline); }));
  const bool started =
      std::all_of(beside.begin(), beside.end(), [](const auto& task) { return task->started(); });
  Result<void> fed = started ? feed_while_going(pipeline) : no_threads();
  ended = true;
  backlog.close();
  options.arrivals.wake();
  committed.poke();
  for (const auto& task : beside) {
    task->join();
  }
  TRY(std::move(fed));
  return std::move(offered);
}

Result<void> Watch::State::feed_while_going(Pipeline& pipeline) {
  next_scan = clock.monotonic();
  while (going(pipeline)) {
    const Nanoseconds now = clock.monotonic();
    TRY(take_mail(inbox.take(std::min({next_scan, completeness.next_due(), now + look_every}))));
    TRY(look_again());
    TRY(receipts.give(clock.monotonic()));
    be_alive();
    if (going(pipeline) && (rescan || clock.monotonic() >= next_scan)) {
      TRY(scan(pipeline));
    }
  }
  return {};
}

Result<void> Watch::State::take_mail(Mail mail) {
  rescan = rescan || mail.rescan;
  if (mail.committed) {
    receipts.look_now();
  }
  if (mail.corrected) {
    acceptor.forget();
  }
  TRY(answer(std::move(mail.notices)));
  return take_arrivals(mail.arrivals);
}

// Everybody who said that a file is complete gets an answer, after the accept is committed.
Result<void> Watch::State::answer(std::vector<AskedNotice> notices) {
  std::vector<SourceObject> objects;
  std::vector<AskedNotice> asked;
  for (AskedNotice& each : notices) {
    if (auto object = options.source.look(each.notice.path)) {
      objects.push_back(*std::move(object));
      asked.push_back(std::move(each));
    } else {
      refuse(each, object.error().message);
    }
  }
  if (asked.empty()) {
    return {};
  }
  auto accepted = accept(std::move(objects), How::told);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (accepted) {
      receipts.answer(std::move(asked[i]), accepted->verdicts[i]);
    } else {
      refuse(asked[i], accepted.error().message);
    }
  }
  return accepted ? Result<void>() : std::move(accepted).error();
}

// A name that cannot be looked at is left to the next scan, which says why.
Result<void> Watch::State::take_arrivals(const std::vector<Arrival>& arrivals) {
  if (backlog.full()) {
    rescan = rescan || !arrivals.empty();
    return {};
  }
  for (const How each : {How::moved, How::listed}) {
    std::vector<SourceObject> objects;
    for (const Arrival& arrival : arrivals) {
      if (arrival.whole != (each == How::moved)) {
        continue;
      }
      const auto path = completeness.marked_file(arrival.path);
      if (auto object = options.source.look(path)) {
        objects.push_back(*std::move(object));
      }
      if (objects.size() == limits::accept_files_per_batch) {
        TRY(accept(std::exchange(objects, {}), each));
      }
    }
    TRY(accept(std::move(objects), each));
  }
  return {};
}

// At files that were not finished when they were last looked at.
Result<void> Watch::State::look_again() {
  std::vector<SourceObject> objects;
  for (const std::string& path : completeness.take_due(limits::accept_files_per_batch)) {
    if (auto object = options.source.look(path)) {
      objects.push_back(*std::move(object));
    } else {
      completeness.forget(path);
    }
  }
  TRY(accept(std::move(objects), How::listed));
  change([this](WatchStatus& now) { now.files_unfinished = completeness.unfinished(); });
  return {};
}

Result<Accepted> Watch::State::accept(std::vector<SourceObject> objects, How as) {
  if (objects.empty()) {
    return Accepted{};
  }
  how = as;
  TRY_ASSIGN(Accepted accepted, acceptor.accept(std::move(objects)));
  const std::size_t fresh = backlog.put(accepted.files);
  options.progress.files_found += fresh;
  change([&](WatchStatus& now) {
    now.files_accepted += fresh;
    now.store_reached = true;
  });
  return accepted;
}

// ---- beside the feeder

void Watch::State::offer(Pipeline& pipeline) {
  while (const auto file = backlog.take()) {
    options.progress.bytes_found += file->row.token.size;
    if (auto done = pipeline.offer(file); !done) {
      offered = std::move(done);
      pipeline.call_off();
      return;
    }
  }
}

void Watch::State::listen(Pipeline& pipeline) {
  WatchInbox deaf(options.machine.tasks);
  while (going(pipeline) && !ended) {
    auto heard = options.arrivals.wait(clock.monotonic() + listen_for);
    if (heard && (heard->rescan || !heard->files.empty())) {
      inbox.put(*std::move(heard));
    } else if (!heard) {
      deaf.take(clock.monotonic() + listen_for);  // scans go on finding what there is
    }
  }
}

void Watch::State::release(Pipeline& pipeline) {
  while (going(pipeline) && !ended) {
    const Nanoseconds began = clock.monotonic();
    const auto released = releaser.release_due();
    const Nanoseconds took = clock.monotonic() - began;
    const auto rest_until = began + took + release_rest(took, released ? *released : 0);
    upkeep.run_due();
    change([&](WatchStatus& now) {
      now.files_released += released ? *released : 0;
      now.rows_rolled_up = upkeep.rows_rolled_up();
      now.books_balance = upkeep.books_balance();
    });
    do {
      committed.take(std::max(rest_until, clock.monotonic() + release_every));
    } while (going(pipeline) && !ended && clock.monotonic() < rest_until);
  }
}

}  // namespace weir
