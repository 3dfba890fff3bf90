// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "io/path.h"
#include "source/directory_scope.h"
#include "source/name_rules.h"

namespace weir {
namespace {

Error refused(const std::string& path, const std::string& why, int os_code) {
  return {.kind = ErrorKind::invalid,
          .message = "look at " + escaped(path) + ": " + why,
          .os_code = os_code};
}

Error outside(const std::string& path) {
  return refused(path, "it is not among the files and folders named", EXDEV);
}

Error passed_over(const std::string& path, std::string_view reason) {
  return refused(path, "it is passed over: " + std::string(reason), 0);
}

// The folder that all others lie in, if there is one; without folders, the one that all files are
// in.
std::optional<std::string> one_base(const Roots& roots) {
  const auto& group = roots.folders.empty() ? roots.files : roots.folders;
  for (const auto& [path, base] : group) {
    if (base != group.begin()->second) {
      return std::nullopt;
    }
  }
  return group.begin()->second;
}

// Absolute, each name once: "/in//./a" becomes "/in/a". Links are not looked for.
Result<std::string> absolute(const Scope& scope, const std::string& path) {
  const bool whole = path.starts_with('/');
  if (path.empty() || refusal_of_relative(whole ? path.substr(1) : path) == EINVAL) {
    return refused(path, "it names no file", EINVAL);
  }
  const auto base = one_base(scope.roots);
  if (!whole && !base) {
    return refused(path, "there is more than one folder: give its absolute path", EINVAL);
  }
  return without_dots(whole ? path : joined(*base, path));
}

// As it would be with the links resolved that lead to a named file or folder.
std::string through_links(const Roots& roots, const std::string& path) {
  for (const auto& [given, canonical] : roots.given) {
    if (lies_within(path, given)) {
      return joined(canonical, below(path, given));
    }
  }
  return path;
}

// The folder whose walk would come by: the innermost, since each keeps a walk of its own. Nothing:
// the path lies in none, or is one itself.
const std::pair<const std::string, std::string>* walked_from(const Roots& roots,
                                                             std::string_view path) {
  const std::pair<const std::string, std::string>* innermost = nullptr;
  for (const auto& root : roots.folders) {  // ascending: the innermost comes last
    innermost = lies_within(path, root.first) && path != root.first ? &root : innermost;
  }
  return innermost;
}

// Why a listing passes over a path below its root; empty: it does not, by the names on the way.
std::string reason_on_the_way(std::string_view relative, const std::string& match) {
  std::size_t folders = 0;
  for (std::size_t slash = relative.find('/'); slash != std::string_view::npos;
       slash = relative.find('/')) {
    const auto reason = reason_to_pass_over_folder(relative.substr(0, slash));
    if (!reason.empty()) {
      return std::string(reason);
    }
    if (++folders >= directory_depth_max) {
      return too_deep();
    }
    relative.remove_prefix(slash + 1);
  }
  return std::string(reason_to_pass_over_file(relative, match));
}

Result<SourceObject> shown(const Scope& scope, const std::string& path, const std::string& base) {
  TRY_ASSIGN(const FileStatus status, scope.files.status(path));
  if (status.kind != FileKind::regular) {
    const bool link = status.kind == FileKind::symlink;
    return passed_over(path, link ? "symbolic link" : "not a regular file");
  }
  return shown_object(scope, {.path = path, .base = base, .status = status});
}

// Whether the last folder on the way is one; opened as a folder, it is just none.
bool is_link(const Scope& scope, const std::string& path) {
  const auto status = scope.files.status(std::string(parent_of(path)));
  return status && status->kind == FileKind::symlink;
}

}  // namespace

Result<SourceObject> look_into(const Scope& scope, const std::string& path) {
  TRY_ASSIGN(const std::string given, absolute(scope, path));
  if (refusal_of_relative(given.substr(1)) != 0) {
    return outside(path);
  }
  const std::string full = through_links(scope.roots, given);
  if (const auto named = scope.roots.files.find(full); named != scope.roots.files.end()) {
    return shown(scope, full, named->second);
  }
  const auto* const root = walked_from(scope.roots, full);
  if (root == nullptr) {
    return scope.roots.folders.contains(full) ? passed_over(path, "not a regular file")
                                              : outside(path);
  }
  const std::string_view relative = below(full, root->first);
  if (const auto reason = reason_on_the_way(relative, scope.options.match); !reason.empty()) {
    return passed_over(path, reason);
  }
  const auto folder = scope.files.list(root->first, std::string(parent_of(relative)));
  if (!folder) {
    const int os_code = folder.error().os_code;
    const bool link = os_code == ELOOP || (os_code == ENOTDIR && is_link(scope, full));
    return link ? passed_over(path, "symbolic link") : folder.error();
  }
  return shown(scope, full, root->second);
}

}  // namespace weir
