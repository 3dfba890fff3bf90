// SPDX-License-Identifier: Apache-2.0
#include "io/disk_wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace weir {

Wakeup::Wakeup() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Wakeup::ring() {
  if (rung_.exchange(true)) {
    return;  // it is readable already, or about to be
  }
  const std::uint64_t once = 1;
  while (event_.number() >= 0 && ::write(event_.number(), &once, sizeof once) < 0 &&
         errno == EINTR) {
  }
}

// The flag is cleared after the descriptor: a ring in between is seen by the flag, and one after
// it makes the descriptor readable again.
bool Wakeup::taken() {
  std::uint64_t rings = 0;
  while (event_.number() >= 0 && ::read(event_.number(), &rings, sizeof rings) < 0 &&
         errno == EINTR) {
  }
  return rung_.exchange(false);
}

}  // namespace weir
