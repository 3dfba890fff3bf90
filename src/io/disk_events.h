// SPDX-License-Identifier: Apache-2.0
// Folder events of Linux (inotify). Inside the disk.
#pragma once

#include <memory>

#include "io/folder_events.h"

namespace weir {

// Goes by the system's clock. Where no inotify can be had, each add says so and may be tried again.
std::unique_ptr<FolderEvents> disk_folder_events();

}  // namespace weir
