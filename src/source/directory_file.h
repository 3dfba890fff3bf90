// SPDX-License-Identifier: Apache-2.0
// An open file of a directory source, pinned. Inside the source; see source/source.h.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "source/source.h"

namespace weir {

VersionToken token_of(const FileStatus& status);  // inode, size, mtime

// What still_pinned() looks at, and what it makes of it:
//
//   through the descriptor   size, mtime      differ: conflict (appended, truncated, rewritten)
//   by its name              inode, device    differ: conflict (another file took its name)
//                            no such name     fine: deleted or moved away, and still readable
//   through the descriptor   ctime alone      differs: conflict with os_code EAGAIN
//
// A change of ctime alone is mostly chmod, chown or ln, which change no byte; but it is also all
// that is seen of a rewrite of the same size whose mtime was set back. So it is never waved
// through: whoever gets EAGAIN opens and reads the file again, or compares digests. Only where the
// name is gone ctime says nothing, since unlink and rename change it, too.
//
// Reads end at the size that was seen when it was opened; a file that became shorter is a conflict
// at the read.
struct DirectoryFileOptions {
  FileSystem& files;  // borrowed
  std::string path;   // canonical
  std::unique_ptr<ReadFile> file;
};
Result<std::unique_ptr<SourceFile>> pin_directory_file(DirectoryFileOptions options);

}  // namespace weir
