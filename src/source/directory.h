// SPDX-License-Identifier: Apache-2.0
// Files and folders of a file system as a source.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/source.h"

namespace weir {

struct DirectorySourceOptions {
  std::vector<std::string> paths;  // files are taken as they are; folders with all below them
  std::string id;                  // see SourceSettings
  std::string match = "*";         // on names within folders
};

// `invalid` where a path does not exist. Borrows the file system.
Result<std::unique_ptr<Source>> open_directory_source(FileSystem& files,
                                                      const DirectorySourceOptions& options);

}  // namespace weir
