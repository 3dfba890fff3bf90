// SPDX-License-Identifier: Apache-2.0
#include "io/path.h"

#include <algorithm>
#include <cerrno>

#include "base/check.h"

namespace weir {

std::string joined(std::string_view root, std::string_view relative) {
  if (root.empty() || relative.empty()) {
    return std::string(root.empty() ? relative : root);
  }
  return std::string(root) + (root.ends_with('/') ? "" : "/") + std::string(relative);
}

std::string_view last_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // without a slash: all of it
}

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return {};
  }
  return path.substr(0, slash == 0 ? 1 : slash);
}

std::string without_dots(std::string_view path) {
  std::string cleaned = path.starts_with('/') ? "/" : "";
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(name.size() + 1, path.size()));
    if (!name.empty() && name != ".") {
      cleaned = joined(cleaned, name);
    }
  }
  return cleaned;
}

bool lies_within(std::string_view path, std::string_view folder) {
  return path == folder ||
         (path.starts_with(folder) && (folder.ends_with('/') || path[folder.size()] == '/'));
}

std::string_view below(std::string_view path, std::string_view folder) {
  CHECK(lies_within(path, folder));
  std::string_view rest = path.substr(folder.size());
  return rest.starts_with('/') ? rest.substr(1) : rest;
}

int refusal_of_relative(std::string_view relative) {
  if (relative.find('\0') != std::string_view::npos) {
    return EINVAL;
  }
  const bool leaves = relative == ".." || relative.starts_with("../") ||
                      relative.ends_with("/..") || relative.find("/../") != std::string_view::npos;
  return leaves || relative.starts_with('/') ? EXDEV : 0;
}

}  // namespace weir
