// SPDX-License-Identifier: Apache-2.0
#include "source/directory_roots.h"

#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "io/path.h"

namespace weir {
namespace {

Error refused(std::string message) {
  return {.kind = ErrorKind::invalid, .message = std::move(message)};
}

Result<void> add(FileSystem& files, const std::string& path, Roots& roots) {
  TRY_ASSIGN(std::string canonical, files.canonical(path));
  TRY_ASSIGN(const FileStatus status, files.status(canonical));
  const std::string given = without_dots(path);
  if (path.starts_with('/') && refusal_of_relative(given.substr(1)) == 0 && given != canonical) {
    roots.given.emplace(given, canonical);
  }
  switch (status.kind) {
    case FileKind::folder:
      roots.folders.emplace(canonical, canonical);
      return {};
    case FileKind::regular:
      roots.files.emplace(canonical, parent_of(canonical));
      return {};
    default:
      return refused(escaped(path) + " is neither a file nor a folder (`-` reads a pipe)");
  }
}

// The outermost named folder that a path lies in; else what it had.
void widen(std::pair<const std::string, std::string>& root,
           const std::map<std::string, std::string>& folders) {
  for (const auto& [folder, base] : folders) {  // ascending: the outermost comes first
    if (lies_within(root.first, folder)) {
      root.second = folder;
      return;
    }
  }
}

Result<void> check_one_base(const std::string& id, const Roots& roots) {
  if (id.find_first_of(":/") != std::string::npos) {
    return refused("source.id " + escaped(id) + ": leave out ':' and '/'");
  }
  const std::string& base = (roots.folders.empty() ? roots.files : roots.folders).begin()->second;
  for (const auto* group : {&roots.folders, &roots.files}) {
    for (const auto& [path, other] : *group) {
      if (other != base) {
        return refused("source.id " + escaped(id) + " names one folder, but " + escaped(base) +
                       " and " + escaped(other) + " are given; give one, or no id");
      }
    }
  }
  return {};
}

}  // namespace

Result<Roots> resolve_roots(FileSystem& files, const DirectorySourceOptions& options) {
  if (options.paths.empty()) {
    return refused("no file or folder is named");
  }
  Roots roots;
  for (const std::string& path : options.paths) {
    TRY(add(files, path, roots));
  }
  const auto folders = roots.folders;
  for (auto* group : {&roots.folders, &roots.files}) {
    for (auto& root : *group) {
      widen(root, folders);
    }
  }
  if (!options.id.empty()) {
    TRY(check_one_base(options.id, roots));
  }
  return roots;
}

}  // namespace weir
