// SPDX-License-Identifier: Apache-2.0
#include "io/memory_tree.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/check.h"
#include "io/os_error.h"
#include "io/path.h"

namespace weir::memory {
namespace {

constexpr std::size_t name_bytes_max = 255;  // Linux: NAME_MAX
constexpr int links_max = 40;                // Linux: MAXSYMLINKS

// One walk along a path. The trail is what has been passed: "/", "/a", "/a/b".
class Walk {
 public:
  Walk(const Shared& root, const Search& search) : root_(root), links_(search.links) {
    trail_.push_back({.node = root, .path = "/"});
    if (search.from && !search.path.starts_with('/')) {
      trail_.push_back({.node = search.from, .path = search.from_path});
    }
    look_forward_to(search.path);
  }

  // 0, or the errno that ended it.
  int run() {
    while (!ahead_.empty()) {
      const std::string name = std::move(ahead_.back());
      ahead_.pop_back();
      if (const int refused = step(name); refused != 0) {
        return refused;
      }
    }
    return 0;
  }

  Spot spot() const {
    const Step& last = trail_.back();
    if (!missing_.empty()) {
      return {
          .folder = last.node, .name = missing_, .node = {}, .path = joined(last.path, missing_)};
    }
    Shared folder = trail_.size() > 1 ? trail_[trail_.size() - 2].node : Shared();
    return {.folder = std::move(folder),
            .name = std::string(last_name(last.path)),
            .node = last.node,
            .path = last.path};
  }

 private:
  struct Step {
    Shared node;
    std::string path;
  };

  void look_forward_to(std::string_view path) {
    while (!path.empty()) {
      const std::string_view name = last_name(path);
      path.remove_suffix(std::min(path.size(), name.size() + 1));
      if (!name.empty() && name != ".") {
        ahead_.emplace_back(name);
      }
    }
  }

  int step(const std::string& name) {
    const Step here = trail_.back();
    if (!missing_.empty()) {
      return ENOENT;
    }
    if (here.node->kind != FileKind::folder) {
      return ENOTDIR;
    }
    if (here.node->denied) {
      return EACCES;
    }
    if (name.size() > name_bytes_max) {
      return ENAMETOOLONG;
    }
    if (name == "..") {
      trail_.resize(std::max<std::size_t>(trail_.size() - 1, 1));
      return 0;
    }
    const auto found = here.node->names.find(name);
    if (found == here.node->names.end()) {
      missing_ = name;
      return 0;
    }
    return enter({.node = found->second, .path = joined(here.path, name)});
  }

  int enter(Step next) {
    const bool stays = links_ != Links::follow && ahead_.empty();
    if (next.node->kind != FileKind::symlink || stays) {
      trail_.push_back(std::move(next));
      return 0;
    }
    if (links_ == Links::refuse_but_last || ++links_followed_ > links_max) {
      return ELOOP;
    }
    if (next.node->bytes.starts_with('/')) {
      trail_.resize(1);
    }
    look_forward_to(next.node->bytes);
    return 0;
  }

  const Shared root_;
  const Links links_;
  std::vector<Step> trail_;
  std::vector<std::string> ahead_;  // the next one last
  std::string missing_;
  int links_followed_ = 0;
};

void forget_unsynced(Node& folder, std::set<const Node*>& seen) {
  folder.names.clear();
  for (const auto& [name, node] : folder.durable_names) {
    if (node->kind == FileKind::folder && !seen.insert(node.get()).second) {
      continue;
    }
    folder.names.emplace(name, node);
    node->folder = folder.weak_from_this();
    node->name = name;
    node->writers = 0;  // whoever had it open died
    node->bytes = node->durable_bytes;
    if (node->kind == FileKind::folder) {
      forget_unsynced(*node, seen);
    }
  }
  folder.durable_names = folder.names;
}

}  // namespace

std::uint64_t Inodes::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    return next_++;
  }
  return free_.extract(free_.begin()).value();
}

void Inodes::give_back(std::uint64_t inode) {
  const std::lock_guard lock(mutex_);
  CHECK(inode < next_ && free_.insert(inode).second);
}

Result<Spot> find(const Shared& root, const Search& search) {
  if (search.path.find('\0') != std::string_view::npos) {
    return os_error(search.verb, search.shown, EINVAL);
  }
  Walk walk(root, search);
  if (const int refused = walk.run(); refused != 0) {
    return os_error(search.verb, search.shown, refused);
  }
  return walk.spot();
}

void forget_unsynced(Node& folder) {
  std::set<const Node*> seen{&folder};
  forget_unsynced(folder, seen);
}

}  // namespace weir::memory
