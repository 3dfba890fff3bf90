// SPDX-License-Identifier: Apache-2.0
// Where a socket file lies, and getting there: listening, connecting. Inside the line sockets.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "io/disk_descriptor.h"

namespace weir {

// The folder is held open: an address has room for some 100 bytes, and a longer path is said from
// the folder (/proc/self/fd/N/name).
struct SocketPlace {
  Descriptor folder;
  std::string name;
  std::string path;  // as it was given
};
Result<SocketPlace> socket_place(const std::string& path);

// A non-blocking socket. ECONNREFUSED: nobody listens; EAGAIN: too many want to connect.
Result<Descriptor> connect_to(const SocketPlace& place);

// What is listened on, and which file that is.
struct ListeningSocket {
  Descriptor socket;  // non-blocking
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
};
// Replaces a socket file that nobody listens on. The file has no more permissions than `mode` at
// any time. `conflict`: somebody listens, or is about to.
Result<ListeningSocket> listen_at(const SocketPlace& place, std::uint32_t mode);

// Removes the socket file, unless another has taken its place.
void remove_socket(const SocketPlace& place, const ListeningSocket& socket);

}  // namespace weir
