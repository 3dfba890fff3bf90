// SPDX-License-Identifier: Apache-2.0
// What a watch is made of, and the tasks that share it. Private to watch.cc and watch_scan.cc.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "flow/accept.h"
#include "flow/backlog.h"
#include "flow/completeness.h"
#include "flow/pipeline.h"
#include "flow/receipts.h"
#include "flow/release.h"
#include "flow/scan_pace.h"
#include "flow/upkeep.h"
#include "flow/watch.h"

namespace weir {

inline constexpr Nanoseconds look_every = 200'000'000;  // for a request to stop

struct Watch::State {
  using How = Completeness::How;
  explicit State(const Options& given);

  Result<void> run();
  void pause(Nanoseconds duration);
  void settled(const Receipt& receipt);

  Result<void> feed(Pipeline& pipeline);
  Result<void> feed_while_going(Pipeline& pipeline);
  bool going(Pipeline& pipeline) { return !options.stop.requested() && !pipeline.called_off(); }
  Result<void> scan(Pipeline& pipeline);
  Result<void> scan_from(Pipeline& pipeline, SourceListing& listing);
  Result<void> wait_for_room(Pipeline& pipeline);
  Result<void> take_mail(Mail mail);
  Result<void> answer(std::vector<AskedNotice> notices);
  Result<void> take_arrivals(const std::vector<Arrival>& arrivals);
  Result<void> look_again();
  Result<Accepted> accept(std::vector<SourceObject> objects, How how);
  void scanned(const ScanPace::Scan& scan);
  void tell_of_listing(const std::string& trouble);
  void be_alive();

  void offer(Pipeline& pipeline);
  void listen(Pipeline& pipeline);
  void release(Pipeline& pipeline);

  template <class Change>
  void change(const Change& apply) {
    const Held held(*monitor);
    apply(status);
  }

  const Options options;
  Clock& clock;
  WatchInbox inbox;
  Backlog backlog;
  Completeness completeness;  // feeder, with what follows
  How how = How::listed;
  Acceptor acceptor;
  Receipts receipts;
  ScanPace pace;
  Nanoseconds next_scan = 0;
  Nanoseconds alive_due = 0;
  Nanoseconds held_up = 0;  // while scanning: for want of room
  std::uint64_t files_seen = 0;
  bool rescan = false;
  std::string told_of_listing;
  Upkeep upkeep;                           // release task
  Releaser releaser;                       // release task
  WatchInbox committed;                    // wakes it
  Result<void> offered;                    // offer task, until it is joined
  std::atomic<bool> ended = false;         // the tasks beside the feeder have to leave
  const std::unique_ptr<Monitor> monitor;  // over what follows
  WatchStatus status;
};

}  // namespace weir
