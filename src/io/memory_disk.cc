// SPDX-License-Identifier: Apache-2.0
#include "io/memory_disk.h"

#include <cerrno>

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
  explicit MemoryWriteFile(Handle handle) : handle_(std::move(handle)) {}

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

}  // namespace

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

}  // namespace weir::memory
