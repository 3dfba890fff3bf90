// SPDX-License-Identifier: Apache-2.0
// Types of file systems, by the number that statfs(2) gives each of them (f_type).
#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

struct FileSystemType {
  std::string_view type;   // "ext4", "nfs"; empty: not in the table
  std::string_view shown;  // within a sentence: "NFS", "an SMB share"
  // False: another machine, or the process behind a mount, may change files unseen by the kernel
  // here, and its locks and shared memory may not hold. FUSE is among these: most of what is
  // mounted through it is remote, and nothing tells which is not.
  bool local = true;
};

// What is not in the table is taken for local.
FileSystemType file_system_type(std::int64_t magic);

}  // namespace weir
