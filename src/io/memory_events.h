// SPDX-License-Identifier: Apache-2.0
// Who hears of changes to the memory file system, and what they have been told. Guarded by the lock
// of its owner, but for the bells: those are rung when it has been let go, since waking a task may
// run it.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/tasks.h"
#include "io/folder_events.h"
#include "io/memory_tree.h"

namespace weir::memory {

inline constexpr std::size_t events_waiting_max = 16'384;  // Linux: fs.inotify.max_queued_events

// A task waits for it; any thread rings it.
class Bell {
 public:
  explicit Bell(Tasks& tasks) : monitor_(tasks.monitor()) {}
  void ring();
  void quieten();                             // what it rang for until now is about to be looked at
  void wait(Nanoseconds monotonic_deadline);  // may return early without cause

 private:
  const std::unique_ptr<Monitor> monitor_;
  bool rung_ = false;
};

struct Watcher {
  explicit Watcher(Tasks& tasks) : bell(std::make_shared<Bell>(tasks)) {}

  std::map<const Node*, std::string> folders;  // those watched, and what they were added as
  std::deque<FolderEvent> events;              // at most events_waiting_max, and an overflow
  bool lost = false;                           // by a crash
  const std::shared_ptr<Bell> bell;
};

using Bells = std::vector<std::shared_ptr<Bell>>;  // those to ring

// All watchers of a file system. Each call tells those whom it concerns, and adds their bells.
class Watchers {
 public:
  void join(const std::shared_ptr<Watcher>& watcher);  // until its last owner lets go of it
  std::size_t folders() const;                         // watched, by all together

  void tell(const Node& folder, const std::string& name, FolderEvent::Kind kind, Bells& bells);
  void tell_gone(const Node& folder, Bells& bells);  // it was removed or renamed
  void tell_overflow(Bells& bells);
  void tell_lost(Bells& bells);

 private:
  template <class Call>
  void each(const Call& call);

  std::vector<std::weak_ptr<Watcher>> watchers_;
};

}  // namespace weir::memory
