// SPDX-License-Identifier: Apache-2.0
// The file system seam: what sources read from, what the fold spills to, what generate writes.
// (SQLite does its own input and output.) Paths are bytes, absolute or relative to the working
// folder. Implementations: disk, memory, and a faulty wrapper for tests.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "io/folder_events.h"

namespace weir {

enum class FileKind { regular, folder, symlink, other };

struct FileStatus {
  FileKind kind = FileKind::regular;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  Nanoseconds modified = 0;
  Nanoseconds changed = 0;  // ctime
  bool operator==(const FileStatus&) const = default;
};

// An open regular file. Any thread, any number at once. The destructor closes it.
class ReadFile {
 public:
  virtual ~ReadFile() = default;
  // Fills `into` from the offset on; fewer bytes only where the file ends. Repeatable.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) = 0;
  virtual Result<FileStatus> status() = 0;  // of the open descriptor
};

// A new file, written from its start. One thread. The destructor closes it; nothing is durable
// that was not synced. After a failed write or sync every later call fails too: the end of the file
// is unknown, and a second sync could succeed over a hole. Write a new file.
class WriteFile {
 public:
  virtual ~WriteFile() = default;
  virtual Result<void> write(std::span<const char> bytes) = 0;  // all of them, or an error
  virtual Result<void> sync() = 0;
};

struct FolderEntry {
  std::string name;
  FileKind kind = FileKind::other;
};

// The entries of a folder, in no order, a bounded number in memory. `.` and `..` left out.
class FolderCursor {
 public:
  virtual ~FolderCursor() = default;
  virtual Result<std::optional<FolderEntry>> next() = 0;  // nothing: the end
};

// Who has a file open for writing.
enum class Writers {
  none,
  some,
  unknown,  // the file system or its permissions do not tell
};

// What a path lies on.
struct FilePlace {
  std::string type;   // "ext4", "nfs", "fuse"
  bool local = true;  // see base/file_system_type.h
  bool operator==(const FilePlace&) const = default;
};

// Any thread. Errors carry errno in os_code (io/os_error.h has the table). Missing files: invalid,
// ENOENT; a disk that is full, failing, read-only or out of descriptors, and what permission is
// denied to: unavailable, since a person can mend it.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // A regular file only; never follows a symbolic link in `relative`, never leaves `root`, never
  // waits for a pipe or a device: those are refused as invalid. `root` "" or ".": the working
  // folder; links in it are followed. `relative` "": the root itself.
  virtual Result<std::unique_ptr<ReadFile>> open(const std::string& root,
                                                 const std::string& relative) = 0;
  virtual Result<std::unique_ptr<FolderCursor>> list(const std::string& root,
                                                     const std::string& relative) = 0;
  virtual Result<FileStatus> status(const std::string& path) = 0;      // of the link itself
  virtual Result<std::string> canonical(const std::string& path) = 0;  // absolute, links resolved
  // Opened and confined as `open` does. A hint of the moment: a writer may come right after.
  virtual Result<Writers> writers(const std::string& root, const std::string& relative) = 0;
  virtual Result<FilePlace> place(const std::string& path) = 0;  // links followed

  virtual Result<std::unique_ptr<WriteFile>> create(const std::string& path) = 0;   // else EEXIST
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  // Never replaces: `conflict` with EEXIST where `to` is there. After a crash both names may be
  // there, of one file, where the file system cannot do it in one step.
  virtual Result<void> rename_new(const std::string& from, const std::string& to) = 0;
  virtual Result<void> remove(const std::string& path) = 0;       // a file, link or empty folder
  virtual Result<void> make_folder(const std::string& path) = 0;  // there already: no error
  virtual Result<void> sync_folder(const std::string& path) = 0;

  virtual std::unique_ptr<FolderEvents> events() = 0;  // a watcher of its own; may outlive this
};

}  // namespace weir
