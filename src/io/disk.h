// SPDX-License-Identifier: Apache-2.0
// The file system of the operating system (Linux).
#pragma once

#include <memory>

#include "base/stop.h"
#include "io/file_system.h"

namespace weir {

struct DiskOptions {
  bool openat2 = true;  // false: as on kernels before 5.6, paths are walked component by component
};
std::unique_ptr<FileSystem> disk_file_system(const DiskOptions& options = {});

// Descriptor 0, forward only: each read_at goes on where the last one ended, by one thread at a
// time; anything else is a bug. Its status has no size where it is a pipe. Once a stop is requested
// it waits for no more bytes: `unavailable` with EINTR. Borrows descriptor and stop.
std::unique_ptr<ReadFile> standard_input(const Stop& stop);

}  // namespace weir
