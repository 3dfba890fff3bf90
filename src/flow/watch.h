// SPDX-License-Identifier: Apache-2.0
// The service: notices files as they come, counts each once, puts it away, and goes on for months.
//
//   listen ──arrivals──►┌───────┐                                        ┌─► release
//   socket ──notices───►│ inbox │──► feed: scan, accept ──► backlog ──► offer ──► pipeline
//   pipeline ─commits──►└───────┘
//
// Notices and arrivals are hints: a full scan at the start, every so often, and whenever something
// may have been missed, finds the same files. A store that is out of reach is waited for.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "flow/poison.h"
#include "flow/report.h"
#include "flow/shares.h"
#include "flow/watch_inbox.h"
#include "io/machine.h"
#include "model/flow.h"
#include "source/arrivals.h"
#include "source/source.h"
#include "store/store.h"

namespace weir {

// How it is doing, for a display or a question; all since its start.
struct WatchStatus {
  std::uint64_t scans = 0;
  std::uint64_t files_seen = 0;   // by the last scan
  Nanoseconds scan_took = 0;      // the last one
  Nanoseconds scan_interval = 0;  // until the next one
  std::uint64_t files_accepted = 0;
  std::uint64_t files_counted = 0;
  std::uint64_t files_quarantined = 0;
  std::uint64_t files_released = 0;
  std::uint64_t files_unfinished = 0;  // wait for their producers
  std::uint64_t files_under_way = 0;   // accepted, not yet counted
  std::uint64_t commits = 0;
  std::uint64_t store_failures = 0;  // times that the store was out of reach
  bool store_reached = true;
  std::uint64_t rows_rolled_up = 0;  // of history
  bool books_balance = true;         // when they were last checked
};

class Watch {
 public:
  struct Options {  // borrows
    const Machine& machine;
    Source& source;
    Arrivals& arrivals;
    Store& store;
    const FlowSettings& settings;
    Progress& progress;
    const Notes& notes;
    const Stop& stop;
    // Now and then, at least every second while all is well: a watchdog's food. May be absent.
    std::function<void(const WatchStatus&)> alive = {};
    Poison* poison = nullptr;
    Shares* shares = nullptr;  // with other workers
  };
  explicit Watch(const Options& options);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Once; returns when a stop was requested and what was begun is committed. An error: something
  // that waiting cannot mend.
  Result<void> run();

  // Any thread, while it runs or before.
  bool notice(AskedNotice notice);  // false: too many wait; say so
  void rescan();
  void corrected();  // the ledger was changed by another hand: the next scan asks it for each file
  WatchStatus status();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace weir
