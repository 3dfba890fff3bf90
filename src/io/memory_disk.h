// SPDX-License-Identifier: Apache-2.0
// The state of the memory file system, and what is open of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "io/file_system.h"
#include "io/memory_tree.h"

namespace weir::memory {

// Shared by the file system and its open files, of which any may be the last.
struct Disk {
  explicit Disk(Clock& its_clock) : clock(its_clock) {}

  Clock& clock;
  const std::shared_ptr<Inodes> inodes = std::make_shared<Inodes>();
  std::mutex mutex;  // guards all below; held over no other seam
  const Shared root = std::make_shared<Node>(inodes, FileKind::folder);
  std::uint64_t crashes = 0;
  Nanoseconds last_change = 0;
};

// Holds the disk for one call. The clock is read before the lock is taken.
class Turn {
 public:
  explicit Turn(Disk& disk) : disk_(disk), wall_(disk.clock.wall()), lock_(disk.mutex) {}

  // The time of a change: later than that of any before.
  Nanoseconds tick() { return disk_.last_change = std::max(wall_, disk_.last_change + 1); }

  void touch_bytes(Node& node) { node.modified = node.changed = tick(); }
  void touch_status(Node& node) { node.changed = tick(); }

  Shared made(FileKind kind) {
    auto node = std::make_shared<Node>(disk_.inodes, kind);
    touch_bytes(*node);
    return node;
  }
  void enter(Node& folder, const std::string& name, Shared node) {
    folder.names.insert_or_assign(name, std::move(node));
    touch_bytes(folder);
  }
  void leave(Node& folder, const std::string& name) {
    folder.names.erase(name);
    touch_bytes(folder);
  }

 private:
  Disk& disk_;
  const Nanoseconds wall_;
  const std::lock_guard<std::mutex> lock_;
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

}  // namespace weir::memory
