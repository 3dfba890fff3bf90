// SPDX-License-Identifier: Apache-2.0
// What the paths given to a directory source come to: canonical, each once. Inside the source;
// others use source/directory.h.
//
// A folder within another named folder keeps a walk of its own (the outer one might pass it over:
// it may be hidden), and the outer walk leaves it out. So does a file within a named folder.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "source/directory.h"

namespace weir {

struct Roots {
  // Canonical path → the outermost named folder around it (itself, where there is none); for a file
  // that lies in no named folder, the folder it is in. Identities of a source with an id are
  // relative to that.
  std::map<std::string, std::string> folders;
  std::map<std::string, std::string> files;
  // Absolute paths as they were given → canonical, where a link makes them differ.
  std::map<std::string, std::string> given;
};

// `invalid`: a path is missing or of another kind; or there is an id, and not one base for it.
Result<Roots> resolve_roots(FileSystem& files, const DirectorySourceOptions& options);

}  // namespace weir
