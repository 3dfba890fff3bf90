// SPDX-License-Identifier: Apache-2.0
// What a directory source, its listings and whoever looks for one object share. Inside the source;
// others use source/directory.h.
#pragma once

#include <string>

#include "io/file_system.h"
#include "source/directory.h"
#include "source/directory_roots.h"
#include "source/source.h"

namespace weir {

struct Scope {
  FileSystem& files;  // borrowed
  const DirectorySourceOptions options;
  const Roots roots;
};

struct FoundFile {
  const std::string& path;  // canonical
  const std::string& base;  // see Roots
  FileStatus status;
};
SourceObject shown_object(const Scope& scope, const FoundFile& file);

std::string too_deep();  // why a folder is passed over, as the summary counts it

// Source::look. The way is judged by its text first, so that a path from anywhere touches nothing
// that lies outside:
//
//   "/in/./x/a"   is it below a named folder, or named itself?     no: refused, nothing is touched
//       ▼         (also by the name a folder was given as, if that is a link: /link/x/a)
//   x, a          would a listing pass over one of these names?    yes: refused, with its words
//       ▼
//   /in/x         opened below /in: a link on the way is refused
//       ▼
//   /in/x/a       a regular file: shown
Result<SourceObject> look_into(const Scope& scope, const std::string& path);

}  // namespace weir
