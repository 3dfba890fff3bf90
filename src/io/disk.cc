// SPDX-License-Identifier: Apache-2.0
#include "io/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/file_system_type.h"
#include "base/text.h"
#include "io/disk_descriptor.h"
#include "io/disk_events.h"
#include "io/disk_writers.h"
#include "io/os_error.h"
#include "io/path.h"

namespace weir {
namespace {

// Below this a file is read whole in one call, and advice costs more than it gains.
constexpr std::int64_t advised_bytes_min = 256 << 10;

FileKind kind_of_mode(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return FileKind::regular;
    case S_IFDIR:
      return FileKind::folder;
    case S_IFLNK:
      return FileKind::symlink;
    default:
      return FileKind::other;
  }
}

FileKind kind_of_entry(unsigned char type) {
  return kind_of_mode(static_cast<mode_t>(DTTOIF(type)));
}

// Times beyond the year 2262 wrap around: they are compared for equality, and stay different.
Nanoseconds nanoseconds(const timespec& time) {
  return static_cast<Nanoseconds>(static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
                                  static_cast<std::uint64_t>(time.tv_nsec));
}

FileStatus status_of(const struct stat& found) {
  return {.kind = kind_of_mode(found.st_mode),
          .size = static_cast<std::uint64_t>(found.st_size),
          .inode = found.st_ino,
          .device = found.st_dev,
          .modified = nanoseconds(found.st_mtim),
          .changed = nanoseconds(found.st_ctim)};
}

Result<FileStatus> status_of_descriptor(int descriptor, std::string_view path) {
  struct stat found{};
  if (::fstat(descriptor, &found) != 0) {
    return os_error("look at", path, errno);
  }
  return status_of(found);
}

class DiskReadFile final : public ReadFile {
 public:
  DiskReadFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    CHECK(offset <= INT64_MAX - into.size());
    std::size_t filled = 0;
    while (filled < into.size()) {
      const ssize_t got = ::pread(descriptor_.number(), into.data() + filled, into.size() - filled,
                                  static_cast<off_t>(offset + filled));
      if (got == 0) {
        break;
      }
      if (got > 0) {
        filled += static_cast<std::size_t>(got);
      } else if (errno != EINTR) {
        return os_error("read", path_, errno);
      }
    }
    return filled;
  }

  Result<FileStatus> status() override { return status_of_descriptor(descriptor_.number(), path_); }

 private:
  const Descriptor descriptor_;
  const std::string path_;
};

class DiskWriteFile final : public WriteFile {
 public:
  DiskWriteFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<void> write(std::span<const char> bytes) override {
    while (!bytes.empty() && failed_ == 0) {
      const ssize_t put = ::write(descriptor_.number(), bytes.data(), bytes.size());
      if (put > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(put));
      } else if (put == 0 || errno != EINTR) {
        failed_ = put == 0 ? EIO : errno;  // no progress and no reason: never spin on it
      }
    }
    return verdict("write");
  }

  Result<void> sync() override {
    while (failed_ == 0 && ::fsync(descriptor_.number()) != 0) {
      failed_ = errno == EINTR ? 0 : errno;
    }
    return verdict("sync");
  }

 private:
  Result<void> verdict(std::string_view verb) const {
    if (failed_ != 0) {
      return os_error(verb, path_, failed_);
    }
    return {};
  }

  const Descriptor descriptor_;
  const std::string path_;
  // The first failure, for good. After a failed sync the kernel forgets the pages it could not
  // write, and a second sync would succeed over a hole; after a failed write the end is unknown.
  int failed_ = 0;
};

// getdents, one portion of some 32 KiB at a time, by way of readdir.
class DiskFolderCursor final : public FolderCursor {
 public:
  DiskFolderCursor(DIR* stream, std::string path) : stream_(stream), path_(std::move(path)) {}

  Result<std::optional<FolderEntry>> next() override {
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream_.get());
      if (entry == nullptr && errno != 0) {
        return os_error("list", path_, errno);
      }
      if (entry == nullptr) {
        return std::optional<FolderEntry>();
      }
      const std::string_view name = entry->d_name;
      if (name == "." || name == "..") {
        continue;
      }
      TRY_ASSIGN(const auto kind, kind_of(*entry));
      if (kind) {
        return std::optional<FolderEntry>({.name = std::string(name), .kind = *kind});
      }
    }
  }

 private:
  // Nothing: it vanished since it was listed.
  Result<std::optional<FileKind>> kind_of(const dirent& entry) const {
    if (entry.d_type != DT_UNKNOWN) {
      return std::optional(kind_of_entry(entry.d_type));
    }
    struct stat found{};
    if (::fstatat(::dirfd(stream_.get()), entry.d_name, &found, AT_SYMLINK_NOFOLLOW) == 0) {
      return std::optional(kind_of_mode(found.st_mode));
    }
    if (errno == ENOENT) {
      return std::optional<FileKind>();
    }
    return os_error("look at", joined(path_, entry.d_name), errno);
  }

  struct Closer {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  const std::unique_ptr<DIR, Closer> stream_;
  const std::string path_;
};

class DiskFileSystem final : public FileSystem {
 public:
  explicit DiskFileSystem(const DiskOptions& options) : options_(options) {}

  Result<std::unique_ptr<ReadFile>> open(const std::string& root,
                                         const std::string& relative) override;
  Result<std::unique_ptr<FolderCursor>> list(const std::string& root,
                                             const std::string& relative) override;
  Result<FileStatus> status(const std::string& path) override;
  Result<std::string> canonical(const std::string& path) override;
  Result<Writers> writers(const std::string& root, const std::string& relative) override;
  Result<FilePlace> place(const std::string& path) override;
  Result<std::unique_ptr<WriteFile>> create(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> rename_new(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> make_folder(const std::string& path) override;
  Result<void> sync_folder(const std::string& path) override;
  std::unique_ptr<FolderEvents> events() override { return disk_folder_events(); }

 private:
  struct Opened {
    Descriptor descriptor;  // non-blocking
    FileStatus status;
  };
  Result<Opened> open_regular(const ConfinedPath& path) const;

  const DiskOptions options_;
};

Result<FileStatus> regular(int descriptor, const std::string& shown) {
  TRY_ASSIGN(const FileStatus status, status_of_descriptor(descriptor, shown));
  if (status.kind != FileKind::regular) {
    return not_a_file("open", shown, status.kind);
  }
  return status;
}

// Opened twice. First for its kind only: even a non-blocking opening of a pipe would wake its
// writer, and that of a device may do anything. Then for reading, and looked at once more, since
// another file may have taken its place meanwhile; that one could not make us wait.
Result<DiskFileSystem::Opened> DiskFileSystem::open_regular(const ConfinedPath& path) const {
  const std::string shown = joined(path.root, path.relative);
  TRY_ASSIGN(const Descriptor looked_at, open_confined(path, O_PATH, options_.openat2));
  TRY(regular(looked_at.number(), shown));
  constexpr int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
  TRY_ASSIGN(Descriptor descriptor, open_confined(path, flags, options_.openat2));
  TRY_ASSIGN(const FileStatus status, regular(descriptor.number(), shown));
  return Opened{.descriptor = std::move(descriptor), .status = status};
}

Result<std::unique_ptr<ReadFile>> DiskFileSystem::open(const std::string& root,
                                                       const std::string& relative) {
  TRY_ASSIGN(Opened opened, open_regular({.root = root, .relative = relative, .verb = "open"}));
  const int number = opened.descriptor.number();
  ::fcntl(number, F_SETFL, 0);  // reads of a regular file may wait for the disk
  if (opened.status.size >= advised_bytes_min) {
    ::posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL);  // doubles the read-ahead
  }
  return std::unique_ptr<ReadFile>(
      std::make_unique<DiskReadFile>(std::move(opened.descriptor), joined(root, relative)));
}

Result<Writers> DiskFileSystem::writers(const std::string& root, const std::string& relative) {
  TRY_ASSIGN(const Opened opened,
             open_regular({.root = root, .relative = relative, .verb = "open"}));
  return writers_of(opened.descriptor.number());
}

Result<std::unique_ptr<FolderCursor>> DiskFileSystem::list(const std::string& root,
                                                           const std::string& relative) {
  const ConfinedPath path{.root = root, .relative = relative, .verb = "list"};
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK;
  TRY_ASSIGN(Descriptor descriptor, open_confined(path, flags, options_.openat2));
  DIR* stream = ::fdopendir(descriptor.number());
  if (stream == nullptr) {
    return os_error("list", joined(root, relative), errno);
  }
  descriptor.release();  // the stream closes it
  return std::unique_ptr<FolderCursor>(
      std::make_unique<DiskFolderCursor>(stream, joined(root, relative)));
}

// A path with a NUL byte would be cut short silently.
Result<void> check_whole(std::string_view verb, const std::string& path) {
  if (path.find('\0') != std::string::npos) {
    return os_error(verb, path, EINVAL);
  }
  return {};
}

Result<FileStatus> DiskFileSystem::status(const std::string& path) {
  TRY(check_whole("look at", path));
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    return os_error("look at", path, errno);
  }
  return status_of(found);
}

Result<std::string> DiskFileSystem::canonical(const std::string& path) {
  TRY(check_whole("find", path));
  struct Freer {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Freer> found(::realpath(path.c_str(), nullptr));
  if (!found) {
    return os_error("find", path, errno);
  }
  return std::string(found.get());
}

Result<FilePlace> DiskFileSystem::place(const std::string& path) {
  TRY(check_whole("look at", path));
  struct statfs found{};
  if (::statfs(path.c_str(), &found) != 0) {
    return os_error("look at", path, errno);
  }
  const FileSystemType type = file_system_type(found.f_type);
  return FilePlace{
      .type = type.type.empty() ? fmt::format("{:#x}", found.f_type) : std::string(type.type),
      .local = type.local};
}

Result<std::unique_ptr<WriteFile>> DiskFileSystem::create(const std::string& path) {
  TRY(check_whole("create", path));
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  int number = ::open(path.c_str(), flags, 0666);
  while (number < 0 && errno == EINTR) {
    number = ::open(path.c_str(), flags, 0666);
  }
  if (number < 0) {
    return os_error("create", path, errno);
  }
  return std::unique_ptr<WriteFile>(std::make_unique<DiskWriteFile>(Descriptor(number), path));
}

Result<void> DiskFileSystem::rename(const std::string& from, const std::string& to) {
  TRY(check_whole("rename", from));
  TRY(check_whole("rename to", to));
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return os_error("rename " + escaped(from) + " to", to, errno);
  }
  return {};
}

// For file systems that cannot rename without replacing (NFS, SMB, many of FUSE): a second name,
// which link(2) never puts over another one; then the first name goes. Answers 0 or an errno;
// `refusal` where there can be no second name either (folders, FAT).
int link_then_unlink(const std::string& from, const std::string& to, int refusal) {
  if (::link(from.c_str(), to.c_str()) == 0) {
    return ::unlink(from.c_str()) == 0 ? 0 : errno;
  }
  return errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS ? refusal : errno;
}

Result<void> DiskFileSystem::rename_new(const std::string& from, const std::string& to) {
  TRY(check_whole("rename", from));
  TRY(check_whole("rename to", to));
  int os_code = 0;
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    os_code = errno;
  }
  if (os_code == EINVAL || os_code == ENOSYS) {
    os_code = link_then_unlink(from, to, os_code);
  }
  if (os_code == EEXIST) {
    return name_taken(from, to);
  }
  return os_code == 0 ? Result<void>() : os_error("rename " + escaped(from) + " to", to, os_code);
}

Result<void> DiskFileSystem::remove(const std::string& path) {
  TRY(check_whole("remove", path));
  if (::remove(path.c_str()) != 0) {
    return os_error("remove", path, errno);
  }
  return {};
}

Result<void> DiskFileSystem::make_folder(const std::string& path) {
  TRY(check_whole("make folder", path));
  if (::mkdir(path.c_str(), 0777) == 0) {
    return {};
  }
  const int os_code = errno;
  struct stat found{};
  if (os_code == EEXIST && ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) {
    return {};
  }
  return os_error("make folder", path, os_code);
}

Result<void> DiskFileSystem::sync_folder(const std::string& path) {
  TRY(check_whole("sync folder", path));
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number() < 0) {
    return os_error("sync folder", path, errno);
  }
  // EINVAL: this file system has nothing to sync for a folder.
  if (::fsync(folder.number()) != 0 && errno != EINVAL) {
    return os_error("sync folder", path, errno);
  }
  return {};
}

}  // namespace

std::unique_ptr<FileSystem> disk_file_system(const DiskOptions& options) {
  return std::make_unique<DiskFileSystem>(options);
}

}  // namespace weir
