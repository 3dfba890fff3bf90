// SPDX-License-Identifier: Apache-2.0
// The file system of the operating system (Linux).
#pragma once

#include <memory>

#include "io/file_system.h"

namespace weir {

std::unique_ptr<FileSystem> disk_file_system();

}  // namespace weir
