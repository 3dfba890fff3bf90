// SPDX-License-Identifier: Apache-2.0
// A socket file outlives whoever made it: after a crash it is there, and nobody listens. Whether it
// is stale only a connection tells. Between that look and the making of a new one another process
// might do the same, remove what we made, and leave us listening where nobody comes; so the folder
// is locked meanwhile (a lock that leaves no file behind, and ends with its process).
#include "io/line_place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/text.h"
#include "io/os_error.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr int connections_waiting_max = 128;  // that were not accepted yet

constexpr std::string_view listen_verb = "listen on";

Error refused(const SocketPlace& place, ErrorKind kind, const std::string& why, int os_code) {
  return {.kind = kind,
          .message = std::string(listen_verb) + " " + escaped(place.path) + ": " + why,
          .os_code = os_code};
}

Error somebody_listens(const SocketPlace& place) {
  return {.kind = ErrorKind::conflict,
          .message = "another weir listens on " + escaped(place.path),
          .os_code = EADDRINUSE};
}

Result<sockaddr_un> address_of(const SocketPlace& place) {
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  constexpr std::size_t bytes_max = sizeof address.sun_path - 1;
  const std::string by_folder =
      "/proc/self/fd/" + std::to_string(place.folder.number()) + "/" + place.name;
  const std::string& text = place.path.size() <= bytes_max ? place.path : by_folder;
  if (text.size() > bytes_max) {
    return refused(place, ErrorKind::invalid,
                   "the name of a socket has at most " +
                       std::to_string(bytes_max - (by_folder.size() - place.name.size())) +
                       " bytes",
                   ENAMETOOLONG);
  }
  text.copy(address.sun_path, bytes_max);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Result<Descriptor> new_socket(const SocketPlace& place) {
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.number() < 0) {
    return os_error("open a socket for", place.path, errno);
  }
  return socket;
}

// Makes room for a new socket file.
Result<void> clear(const SocketPlace& place) {
  struct stat found{};
  if (::fstatat(place.folder.number(), place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Result<void>() : os_error(listen_verb, place.path, errno);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return refused(place, ErrorKind::invalid, "it is there, and is no socket; it is left alone",
                   ENOTSOCK);
  }
  const auto probe = connect_to(place);
  const int os_code = probe ? 0 : probe.error().os_code;
  if (os_code == 0 || os_code == EAGAIN) {
    return somebody_listens(place);
  }
  if (os_code == EPROTOTYPE) {
    return refused(place, ErrorKind::invalid, "it is the socket of another program", os_code);
  }
  if (os_code != ECONNREFUSED && os_code != ENOENT) {
    return probe.error();
  }
  if (::unlinkat(place.folder.number(), place.name.c_str(), 0) != 0 && errno != ENOENT) {
    return os_error("remove", place.path, errno);
  }
  return {};
}

// The mode of the socket before it has a name is the widest that the file begins with (less the
// umask); then it is set exactly.
Result<ListeningSocket> bind_and_listen(const SocketPlace& place, std::uint32_t mode) {
  TRY_ASSIGN(const sockaddr_un address, address_of(place));
  TRY_ASSIGN(Descriptor socket, new_socket(place));
  if (::fchmod(socket.number(), mode) != 0 ||
      ::bind(socket.number(), generic(address), sizeof address) != 0) {
    return os_error(listen_verb, place.path, errno);
  }
  struct stat made{};
  const int folder = place.folder.number();
  const char* const name = place.name.c_str();
  if (::fstatat(folder, name, &made, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::fchmodat(folder, name, mode, 0) != 0 ||
      ::listen(socket.number(), connections_waiting_max) != 0) {
    const int os_code = errno;
    ::unlinkat(folder, name, 0);
    return os_error(listen_verb, place.path, os_code);
  }
  return ListeningSocket{.socket = std::move(socket), .inode = made.st_ino, .device = made.st_dev};
}

}  // namespace

Result<SocketPlace> socket_place(const std::string& path) {
  SocketPlace place{.folder = Descriptor(), .name = std::string(last_name(path)), .path = path};
  if (place.name.empty() || place.name == "." || place.name == ".." ||
      path.find('\0') != std::string::npos) {
    return refused(place, ErrorKind::invalid, "it names no file", EINVAL);
  }
  const std::string folder(parent_of(path));
  place.folder =
      Descriptor(::open(folder.empty() ? "." : folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (place.folder.number() < 0) {
    return os_error("open", folder.empty() ? "." : folder, errno);
  }
  return place;
}

Result<Descriptor> connect_to(const SocketPlace& place) {
  TRY_ASSIGN(const sockaddr_un address, address_of(place));
  TRY_ASSIGN(Descriptor socket, new_socket(place));
  if (::connect(socket.number(), generic(address), sizeof address) != 0) {
    return os_error("connect to", place.path, errno);
  }
  return socket;
}

Result<ListeningSocket> listen_at(const SocketPlace& place, std::uint32_t mode) {
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  const Descriptor locked(::openat(place.folder.number(), ".", flags));  // until it is closed
  if (locked.number() < 0 || ::flock(locked.number(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK
               ? refused(place, ErrorKind::conflict, "somebody else is about to", EADDRINUSE)
               : os_error("lock the folder of", place.path, errno);
  }
  TRY(clear(place));
  return bind_and_listen(place, mode);
}

void remove_socket(const SocketPlace& place, const ListeningSocket& socket) {
  const int folder = place.folder.number();
  struct stat found{};
  if (::fstatat(folder, place.name.c_str(), &found, AT_SYMLINK_NOFOLLOW) == 0 &&
      found.st_ino == socket.inode && found.st_dev == socket.device) {
    ::unlinkat(folder, place.name.c_str(), 0);
  }
}

}  // namespace weir
