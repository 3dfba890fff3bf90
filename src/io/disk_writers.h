// SPDX-License-Identifier: Apache-2.0
// Whether anybody has a file open for writing, by the lease of Linux. Inside the disk.
#pragma once

#include "io/file_system.h"

namespace weir {

// Of a regular file, opened by us for reading alone.
Writers writers_of(int descriptor);

}  // namespace weir
