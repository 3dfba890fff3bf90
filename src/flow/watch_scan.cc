// SPDX-License-Identifier: Apache-2.0
// The feeder's scan: all that the source lists, whatever was heard of it.
#include <algorithm>
#include <utility>

#include "flow/events.h"
#include "flow/watch_state.h"
#include "model/limits.h"

namespace weir {
namespace {

constexpr Nanoseconds alive_every = 1'000'000'000;

}  // namespace

Result<void> Watch::State::scan(Pipeline& pipeline) {
  const Nanoseconds began = clock.monotonic();
  const std::uint64_t accepted_before = status.files_accepted;
  const std::uint64_t unanswered_before = acceptor.counts().unanswered;
  rescan = false;
  held_up = 0;
  files_seen = 0;
  pipeline.set_aside().next_round();
  TRY(acceptor.look_back());
  auto listing = options.source.list();
  if (!listing) {
    tell_of_listing(listing.error().message);
  } else {
    TRY(scan_from(pipeline, **listing));
  }
  scanned(
      {.found_files = status.files_accepted > accepted_before,
       .hears_all = options.arrivals.hears_all(),
       .unanswered = acceptor.counts().unanswered > unanswered_before || !told_of_listing.empty(),
       .took = clock.monotonic() - began - held_up});
  return {};
}

Result<void> Watch::State::scan_from(Pipeline& pipeline, SourceListing& listing) {
  std::vector<SourceObject> objects;
  while (going(pipeline)) {
    auto object = listing.next();
    if (!object) {
      tell_of_listing(object.error().message);
      break;
    }
    if (!*object) {
      tell_of_listing(missing_from(listing));
      break;
    }
    if (completeness.is_marker((*object)->path)) {
      continue;
    }
    ++files_seen;
    if (!acceptor.remembers(**object)) {
      objects.push_back(*std::move(*object));
    }
    if (objects.size() == limits::accept_files_per_batch) {
      TRY(accept(std::exchange(objects, {}), How::listed));
    }
    if (files_seen % limits::accept_files_per_batch == 0) {
      TRY(wait_for_room(pipeline));
    }
  }
  TRY(accept(std::move(objects), How::listed));
  return {};
}

// Notices are answered meanwhile.
Result<void> Watch::State::wait_for_room(Pipeline& pipeline) {
  const Nanoseconds began = clock.monotonic();
  do {
    const Nanoseconds deadline = backlog.full() ? clock.monotonic() + look_every : 0;
    TRY(take_mail(inbox.take(deadline)));
    TRY(receipts.give(clock.monotonic()));
    be_alive();
  } while (backlog.full() && going(pipeline));
  held_up += clock.monotonic() - began;
  return {};
}

void Watch::State::scanned(const ScanPace::Scan& scan) {
  const Nanoseconds interval = pace.after(scan);
  next_scan = clock.monotonic() + interval;
  change([&](WatchStatus& now) {
    ++now.scans;
    now.files_seen = files_seen;
    now.scan_took = scan.took;
    now.scan_interval = interval;
    now.files_unfinished = completeness.unfinished();
  });
  alive_due = 0;
  be_alive();
}

// Once, until it changes: a folder may be gone for days.
void Watch::State::tell_of_listing(const std::string& trouble) {
  if (!trouble.empty() && trouble != told_of_listing) {
    options.notes({.severity = Severity::error,
                   .event = event::watch_cannot_list,
                   .text = "the source cannot be listed: " + trouble,
                   .fields = {{field::reason, trouble}}});
  }
  told_of_listing = trouble;
}

void Watch::State::be_alive() {
  const Nanoseconds now = clock.monotonic();
  if (options.alive && now >= alive_due) {
    alive_due = now + alive_every;
    WatchStatus shown;
    change([&shown](const WatchStatus& current) { shown = current; });
    options.alive(shown);
  }
}

}  // namespace weir
