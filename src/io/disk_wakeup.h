// SPDX-License-Identifier: Apache-2.0
// A wake-up from any thread, for one that waits in poll(2). Inside io/.
#pragma once

#include <atomic>

#include "io/disk_descriptor.h"

namespace weir {

class Wakeup {
 public:
  Wakeup();

  // Readable once it rang; -1: there was no descriptor left, so that taken() must be asked now and
  // then.
  int descriptor() const { return event_.number(); }
  void ring();   // any thread; stays until it is taken
  bool taken();  // whether it rang since it was taken last

 private:
  const Descriptor event_;
  std::atomic<bool> rung_ = false;
};

}  // namespace weir
