// SPDX-License-Identifier: Apache-2.0
#include "io/memory_disk.h"

#include <atomic>
#include <cerrno>
#include <optional>

#include "io/os_error.h"

namespace weir::memory {
namespace {

constexpr std::uint64_t device = 1;

class MemoryReadFile final : public ReadFile {
 public:
  explicit MemoryReadFile(Handle handle) : handle_(std::move(handle)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    const Turn turn(*handle_.disk);
    if (handle_.lost()) {
      return os_error("read", handle_.path, EIO);
    }
    const std::string& bytes = handle_.node->bytes;
    const std::uint64_t begin = std::min<std::uint64_t>(offset, bytes.size());
    const std::size_t count = std::min<std::size_t>(into.size(), bytes.size() - begin);
    std::copy_n(bytes.data() + begin, count, into.data());
    return count;
  }

  Result<FileStatus> status() override {
    const Turn turn(*handle_.disk);
    return status_of(*handle_.node);
  }

 private:
  const Handle handle_;
};

class MemoryWriteFile final : public WriteFile {
 public:
  explicit MemoryWriteFile(Handle handle) : handle_(std::move(handle)) { ++handle_.node->writers; }
  ~MemoryWriteFile() override {
    Hold hold(*handle_.disk);
    if (!handle_.lost()) {
      --handle_.node->writers;
      hold.tell_written(*handle_.node);
    }
  }

  Result<void> write(std::span<const char> bytes) override {
    Turn turn(*handle_.disk);
    if (handle_.lost()) {
      return os_error("write", handle_.path, EIO);
    }
    handle_.node->bytes.append(bytes.data(), bytes.size());
    turn.touch_bytes(*handle_.node);
    return {};
  }

  Result<void> sync() override {
    const Turn turn(*handle_.disk);
    if (handle_.lost()) {
      return os_error("sync", handle_.path, EIO);
    }
    handle_.node->durable_bytes = handle_.node->bytes;
    return {};
  }

 private:
  const Handle handle_;
};

// Goes on behind the name it showed last, whatever came or went meanwhile.
class MemoryFolderCursor final : public FolderCursor {
 public:
  explicit MemoryFolderCursor(Handle handle) : handle_(std::move(handle)) {}

  Result<std::optional<FolderEntry>> next() override {
    const Turn turn(*handle_.disk);
    if (handle_.lost()) {
      return os_error("list", handle_.path, EIO);
    }
    const Names& names = handle_.node->names;
    const auto found = names.upper_bound(last_);  // no name is empty
    if (found == names.end()) {
      return std::optional<FolderEntry>();
    }
    last_ = found->first;
    return std::optional<FolderEntry>({.name = last_, .kind = found->second->kind});
  }

 private:
  const Handle handle_;
  std::string last_;
};

class MemoryFolderEvents final : public FolderEvents {
 public:
  MemoryFolderEvents(const std::shared_ptr<Disk>& disk, std::shared_ptr<Watcher> watcher)
      : disk_(disk), watcher_(std::move(watcher)) {}

  Result<bool> add(const std::string& folder) override {
    const Hold hold(*disk_);
    TRY_ASSIGN(const Spot spot, find(disk_->root, {.from = {},
                                                   .from_path = {},
                                                   .path = folder,
                                                   .links = Links::follow_but_last,
                                                   .verb = "watch",
                                                   .shown = folder}));
    if (const int refusal = refusal_of(spot); refusal != 0) {
      return os_error("watch", folder, refusal);
    }
    std::string& known = watcher_->folders[spot.node.get()];
    if (known == folder) {
      return false;
    }
    known = folder;
    forget_events(folder);  // of another folder that had the name
    return true;
  }

  void forget(const std::string& folder) override {
    const Hold hold(*disk_);
    std::erase_if(watcher_->folders, [&](const auto& each) { return each.second == folder; });
    forget_events(folder);
  }

  Result<std::optional<FolderEvent>> next(Nanoseconds monotonic_deadline) override {
    watcher_->bell->quieten();
    if (woken_.exchange(false)) {
      return std::optional<FolderEvent>();
    }
    TRY_ASSIGN(auto event, take());
    if (event || disk_->clock.monotonic() >= monotonic_deadline) {
      return event;
    }
    watcher_->bell->wait(monotonic_deadline);
    return woken_.exchange(false) ? std::optional<FolderEvent>() : take();
  }

  void wake() override {
    woken_ = true;
    watcher_->bell->ring();
  }

 private:
  int refusal_of(const Spot& spot) const {
    if (!spot.node) {
      return ENOENT;
    }
    if (spot.node->kind != FileKind::folder) {
      return ENOTDIR;
    }
    if (spot.node->denied) {
      return EACCES;
    }
    const bool watched = watcher_->folders.contains(spot.node.get());
    return watched || disk_->watchers.folders() < disk_->watches_max ? 0 : ENOSPC;
  }

  void forget_events(const std::string& folder) {
    std::erase_if(watcher_->events, [&](const FolderEvent& each) { return each.folder == folder; });
  }

  Result<std::optional<FolderEvent>> take() {
    const Hold hold(*disk_);
    if (watcher_->lost) {
      return os_error("read", "the folder events", EIO);
    }
    if (watcher_->events.empty()) {
      return std::optional<FolderEvent>();
    }
    std::optional<FolderEvent> event(std::move(watcher_->events.front()));
    watcher_->events.pop_front();
    return event;
  }

  const std::shared_ptr<Disk> disk_;
  const std::shared_ptr<Watcher> watcher_;
  std::atomic<bool> woken_ = false;
};

}  // namespace

Hold::~Hold() {
  lock_.unlock();
  for (const auto& bell : bells_) {
    bell->ring();
  }
}

void Hold::tell_written(const Node& file) {
  if (const Shared folder = file.folder.lock()) {
    tell(*folder, file.name, FolderEvent::Kind::written);
  }
}

FileStatus status_of(const Node& node) {
  return {.kind = node.kind,
          .size = node.bytes.size(),
          .inode = node.inode,
          .device = device,
          .modified = node.modified,
          .changed = node.changed};
}

std::unique_ptr<ReadFile> opened_file(Handle handle) {
  return std::make_unique<MemoryReadFile>(std::move(handle));
}

std::unique_ptr<WriteFile> opened_new_file(Handle handle) {
  return std::make_unique<MemoryWriteFile>(std::move(handle));
}

std::unique_ptr<FolderCursor> opened_folder(Handle handle) {
  return std::make_unique<MemoryFolderCursor>(std::move(handle));
}

std::unique_ptr<FolderEvents> opened_events(const std::shared_ptr<Disk>& disk) {
  auto watcher = std::make_shared<Watcher>(disk->tasks);
  const Hold hold(*disk);
  disk->watchers.join(watcher);
  return std::make_unique<MemoryFolderEvents>(disk, std::move(watcher));
}

}  // namespace weir::memory
