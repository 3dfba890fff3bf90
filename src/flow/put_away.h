// SPDX-License-Identifier: Apache-2.0
// Moving and packing files so that a crash at any point leaves the whole file in one place at
// least, under its name or the other, and never half of one.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/stop.h"
#include "io/file_system.h"

namespace weir {

struct Transfer {
  std::string from;   // absolute paths
  std::string to;     // not there yet, or what an earlier attempt left: then it must hold the same
  bool pack = false;  // as zstd
};

// On one file system: one rename. `conflict` with EEXIST: something else has the name; with EXDEV
// (`invalid`): on another file system.
Result<void> move_file(FileSystem& files, const Transfer& transfer);

// Writes beside the target, syncs, renames, syncs the folder. Folders are made. The source stays.
// Any number of processes may do the same at a time. `conflict` with EEXIST: another file has the
// name. `unavailable` when asked to stop.
Result<void> copy_file(FileSystem& files, const Transfer& transfer, const Stop& stop);

// What attempts to copy to the path have left that did not come to their end. Call it where the
// source is gone: nobody begins anew then, and whoever is still at it gives up.
Result<void> remove_unfinished(FileSystem& files, const std::string& path);

// Folders on the way to the path, made where they are missing, and durable.
Result<void> make_folders_of(FileSystem& files, const std::string& path);

}  // namespace weir
