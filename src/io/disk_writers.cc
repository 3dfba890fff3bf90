// SPDX-License-Identifier: Apache-2.0
// A read lease is granted only while nobody has the file open for writing; so it is asked for, and
// given back at once. What can go wrong in the instant between:
//
//   someone opens it for writing  The kernel makes the opener wait until the lease is given back,
//                                 and sends us a signal. SIGIO, the default, would kill the
//                                 process; SIGURG, asked for instead, is ignored unless someone
//                                 handles it, and needs no memory to be sent (as a real-time signal
//                                 would, and SIGIO would be sent in its place). Only an opener that
//                                 refuses to wait (O_NONBLOCK) is turned away, with EWOULDBLOCK.
//   we are killed                 The descriptor is closed, and with it goes the lease.
//   we are stopped                The opener waits for as long as we are, but not longer than
//                                 /proc/sys/fs/lease-break-time (45 s); then the kernel takes it.
//
// What other machines do with a file no lease tells: NFS and SMB refuse one with the same EAGAIN
// when the server granted no delegation, whoever writes or does not. Their answer is no answer.
#include "io/disk_writers.h"

#include <fcntl.h>
#include <sys/vfs.h>

#include <cerrno>
#include <csignal>

#include "base/file_system_type.h"

namespace weir {

Writers writers_of(int descriptor) {
  struct statfs found{};
  if (::fstatfs(descriptor, &found) != 0 || !file_system_type(found.f_type).local) {
    return Writers::unknown;
  }
  if (::fcntl(descriptor, F_SETSIG, SIGURG) != 0) {
    return Writers::unknown;
  }
  if (::fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0) {
    return errno == EAGAIN ? Writers::some : Writers::unknown;  // EACCES: it is another user's
  }
  ::fcntl(descriptor, F_SETLEASE, F_UNLCK);
  return Writers::none;
}

}  // namespace weir
