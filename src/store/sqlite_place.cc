// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/file_system_type.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t incarnation_characters = 32;

Error system_error(std::string_view verb, const std::string& path, int os_code) {
  const bool may_pass = os_code == ENOSPC || os_code == EDQUOT || os_code == EIO ||
                        os_code == EROFS || os_code == EMFILE || os_code == ENFILE;
  return {may_pass ? ErrorKind::unavailable : ErrorKind::invalid,
          std::string(verb) + " " + escaped(path) + ": " + std::generic_category().message(os_code),
          os_code};
}

// Says that a database was here, and not which: a power cut tore it as it was first filled.
constexpr std::string_view torn = "torn";

std::string incarnation_in(std::string_view content) {
  const std::string_view word = content.substr(0, incarnation_characters);
  const bool whole = word.size() == incarnation_characters &&
                     word.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return std::string(whole || content.empty() ? word : torn);
}

Result<std::string> read_descriptor(int descriptor, const std::string& path) {
  std::array<char, incarnation_characters> bytes{};
  const ssize_t got = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  if (got < 0) {
    return system_error("read", path, errno);
  }
  return incarnation_in({bytes.data(), static_cast<std::size_t>(got)});
}

Result<std::string> real_path(const std::string& path) {
  char* const resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) {
    return system_error("find", path, errno);
  }
  std::string found(resolved);
  std::free(resolved);
  return found;
}

Result<void> refuse_network(const std::string& path) {
  struct statfs found{};
  if (::statfs(folder_of(path).c_str(), &found) != 0) {
    return system_error("look at", folder_of(path), errno);
  }
  const std::string_view name = network_file_system(static_cast<long>(found.f_type));
  if (!name.empty()) {
    return Error{ErrorKind::invalid,
                 escaped(path) + " is on " + std::string(name) +
                     ", where SQLite cannot keep a database safe: put it on a local disk, or use a "
                     "database server"};
  }
  return {};
}

// Whether the path still names the locked file: somebody may have removed it between open and lock.
bool names(const std::string& path, int descriptor) {
  struct stat opened{};
  struct stat named{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

// The locked descriptor, or -1 with errno.
int open_locked(const std::string& path) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
      return -1;
    }
    const bool locked = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (locked && names(path, descriptor)) {
      return descriptor;
    }
    const int os_code = errno;
    ::close(descriptor);
    if (!locked) {
      errno = os_code;
      return -1;
    }
  }
}

Result<void> sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return system_error("open", folder, errno);
  }
  const int code = ::fsync(descriptor);
  const int os_code = errno;
  ::close(descriptor);
  if (code != 0) {
    return system_error("sync", folder, os_code);
  }
  return {};
}

}  // namespace

std::string marker_path(const std::string& database_path) {
  return database_path + ".weir";
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<std::string> database_place(const std::string& path) {
  if (path.empty() || path.back() == '/' || path.find('\0') != std::string::npos) {
    return Error{ErrorKind::invalid, "'" + escaped(path) + "' names no file"};
  }
  auto place = real_path(path);
  if (!place && place.error().os_code == ENOENT) {
    place = real_path(folder_of(path));
    if (place) {
      const std::size_t slash = path.rfind('/');
      *place +=
          (*place == "/" ? "" : "/") + path.substr(slash == std::string::npos ? 0 : slash + 1);
    }
  }
  if (place) {
    TRY(refuse_network(*place));
  }
  return place;
}

std::string_view network_file_system(long magic) {
  const FileSystemType found = file_system_type(magic);
  return found.local ? "" : found.shown;
}

bool is_there(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && found.st_size > 0;
}

std::string file_stamp(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return "";
  }
  return std::to_string(found.st_ino) + "." + std::to_string(found.st_size) + "." +
         std::to_string(found.st_mtim.tv_sec) + "." + std::to_string(found.st_mtim.tv_nsec);
}

bool is_writable_folder(const std::string& path) {
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

Result<std::string> read_marker(const std::string& database_path) {
  const std::string path = marker_path(database_path);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) {
      return std::string();
    }
    return system_error("open", path, errno);
  }
  auto incarnation = read_descriptor(descriptor, path);
  ::close(descriptor);
  return incarnation;
}

SqliteMarker::SqliteMarker(int descriptor, std::string path, std::string incarnation)
    : descriptor_(descriptor), path_(std::move(path)), incarnation_(std::move(incarnation)) {}

SqliteMarker::~SqliteMarker() {
  ::close(descriptor_);  // and with it the lock
}

Result<std::unique_ptr<SqliteMarker>> SqliteMarker::lock(const std::string& database_path) {
  std::string path = marker_path(database_path);
  const int descriptor = open_locked(path);
  if (descriptor < 0 && errno == EWOULDBLOCK) {
    return Error{ErrorKind::conflict, escaped(database_path) +
                                          " is being written by another weir, which holds the lock "
                                          "of " +
                                          escaped(path) + ": one at a time; try again later"};
  }
  if (descriptor < 0) {
    return system_error("open", path, errno);
  }
  auto incarnation = read_descriptor(descriptor, path);
  if (!incarnation) {
    ::close(descriptor);
    return std::move(incarnation).error();
  }
  return std::unique_ptr<SqliteMarker>(
      new SqliteMarker(descriptor, std::move(path), *std::move(incarnation)));
}

Result<void> SqliteMarker::fill(const std::string& incarnation) {
  if (incarnation == incarnation_) {
    return {};
  }
  const std::string content = incarnation +
                              "\nThis file belongs to the database beside it: its lock, and the "
                              "witness that it was here.\nRemove both or none.\n";
  const ssize_t written = ::pwrite(descriptor_, content.data(), content.size(), 0);
  if (written != static_cast<ssize_t>(content.size())) {
    return system_error("write", path_, written < 0 ? errno : ENOSPC);
  }
  if (::fsync(descriptor_) != 0) {
    return system_error("sync", path_, errno);
  }
  TRY(sync_folder(folder_of(path_)));
  incarnation_ = incarnation;
  return {};
}

Result<void> check_incarnation(const std::string& database_path, const std::string& in_database,
                               const std::string& in_marker) {
  if (in_marker.empty() || in_database == in_marker ||
      (in_marker == torn && !in_database.empty())) {
    return {};
  }
  const std::string database = escaped(database_path);
  const std::string marker = escaped(marker_path(database_path));
  if (in_database.empty()) {
    return Error{ErrorKind::corrupt,
                 database + " is gone or empty, but " + marker +
                     " says that totals were kept in it: restore it from a backup; or, to start "
                     "anew from nothing, remove both " +
                     database + " and " + marker};
  }
  return Error{ErrorKind::corrupt,
               database + " is another database (" + in_database + ") than the one that " + marker +
                   " belongs to (" + in_marker +
                   "): put the right one back; or, to go on with this one, remove " + marker};
}

}  // namespace weir
