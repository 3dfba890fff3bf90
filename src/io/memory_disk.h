// SPDX-License-Identifier: Apache-2.0
// The state of the memory file system, and what is open of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/tasks.h"
#include "io/file_system.h"
#include "io/memory_events.h"
#include "io/memory_tree.h"

namespace weir::memory {

// Shared by the file system and its open files, of which any may be the last.
struct Disk {
  Disk(Clock& its_clock, Tasks& its_tasks) : clock(its_clock), tasks(its_tasks) {}
  explicit Disk(Clock& its_clock)
      : clock(its_clock), own_tasks(thread_tasks()), tasks(*own_tasks) {}

  Clock& clock;
  const std::unique_ptr<Tasks> own_tasks;
  Tasks& tasks;
  const std::shared_ptr<Inodes> inodes = std::make_shared<Inodes>();
  std::mutex mutex;  // guards all below; held over no other seam
  const Shared root = std::make_shared<Node>(inodes, FileKind::folder);
  std::uint64_t crashes = 0;
  Nanoseconds last_change = 0;
  std::map<std::string, FilePlace> places;  // what was mounted where
  Watchers watchers;
  std::size_t watches_max = std::numeric_limits<std::size_t>::max();
};

// Holds the disk, and lets those who watch it know; they are woken when it has been let go.
class Hold {
 public:
  explicit Hold(Disk& disk) : disk_(disk), lock_(disk.mutex) {}
  ~Hold();
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  void tell(const Node& folder, const std::string& name, FolderEvent::Kind kind) {
    disk_.watchers.tell(folder, name, kind, bells_);
  }
  void tell_written(const Node& file);
  void tell_gone(const Node& folder) { disk_.watchers.tell_gone(folder, bells_); }
  void tell_overflow() { disk_.watchers.tell_overflow(bells_); }
  void tell_lost() { disk_.watchers.tell_lost(bells_); }

 private:
  Disk& disk_;
  std::unique_lock<std::mutex> lock_;
  Bells bells_;
};

// The same for one call that may change something. The clock is read before the lock is taken.
class Turn {
 public:
  explicit Turn(Disk& disk) : disk_(disk), wall_(disk.clock.wall()), hold_(disk) {}

  Hold& hold() { return hold_; }

  // The time of a change: later than that of any before.
  Nanoseconds tick() { return disk_.last_change = std::max(wall_, disk_.last_change + 1); }

  void touch_bytes(Node& node) { node.modified = node.changed = tick(); }
  void touch_status(Node& node) { node.changed = tick(); }

  Shared made(FileKind kind) {
    auto node = std::make_shared<Node>(disk_.inodes, kind);
    touch_bytes(*node);
    return node;
  }
  void enter(Node& folder, const std::string& name, const Shared& node) {
    if (folder.names.contains(name)) {
      leave(folder, name);
    }
    folder.names.emplace(name, node);
    node->folder = folder.weak_from_this();
    node->name = name;
    touch_bytes(folder);
  }
  void leave(Node& folder, const std::string& name) {
    const auto found = folder.names.find(name);
    found->second->folder.reset();
    folder.names.erase(found);
    touch_bytes(folder);
  }

 private:
  Disk& disk_;
  const Nanoseconds wall_;
  Hold hold_;
};

// What open files have in common.
struct Handle {
  std::shared_ptr<Disk> disk;
  Shared node;
  std::string path;
  std::uint64_t crashes;  // when it was opened

  bool lost() const { return crashes != disk->crashes; }
};

FileStatus status_of(const Node& node);

std::unique_ptr<ReadFile> opened_file(Handle handle);
std::unique_ptr<WriteFile> opened_new_file(Handle handle);
std::unique_ptr<FolderCursor> opened_folder(Handle handle);
std::unique_ptr<FolderEvents> opened_events(const std::shared_ptr<Disk>& disk);

}  // namespace weir::memory
