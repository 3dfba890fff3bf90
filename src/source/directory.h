// SPDX-License-Identifier: Apache-2.0
// Files and folders of a file system as a source. Over the disk it is the source of every ingest;
// over the memory file system it is the memory source of simulation and tests.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "source/source.h"

namespace weir {

inline constexpr std::size_t directory_depth_max = 64;  // folders within folders; each is held open

struct DirectorySourceOptions {
  std::vector<std::string> paths{};  // files are taken as they are; folders with all below them
  std::string id{};                  // see SourceSettings
  std::string match = "*";           // on names within folders
};

// Paths are made canonical now, links in them followed; below them no link is followed ever. What
// is named twice, or lies within another one named, is shown once. Objects are shown with their
// absolute path; where there is an id, with their path below the one folder that it names. Open
// takes both.
// `invalid` where a path does not exist, or an id is given and more than one folder. Borrows the
// file system.
Result<std::unique_ptr<Source>> open_directory_source(FileSystem& files,
                                                      const DirectorySourceOptions& options);

}  // namespace weir
