// SPDX-License-Identifier: Apache-2.0
// Which folders of a directory source are watched, and why some are not. Inside the source; others
// use source/arrivals.h.
//
// Anchors are the folders that were named, and those of files that were named. Nothing tells when
// one of them is made, so they are tried again and again; whatever lies below a named folder is
// found from there, by walks and by events.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "io/file_system.h"
#include "source/directory_roots.h"

namespace weir {

// A file that a walk came by; its path.
using FileFound = std::function<void(const std::string& path)>;

class WatchedFolders {
 public:
  // Borrows files, events and roots.
  WatchedFolders(FileSystem& files, FolderEvents& events, const Roots& roots);

  // Walks everything anew; what was watched and is not there any more is forgotten. True: a folder
  // is watched that was not before.
  bool walk_all();
  // Tries the anchors. True: one came, went, or was replaced.
  bool try_anchors();
  // A folder appeared in one that is watched. True: it is an anchor.
  bool appeared(const std::string& folder, const std::string& name, const FileFound& found);
  bool gone(const std::string& folder);  // true: an anchor was among what went

  bool is_walked(const std::string& folder) const;  // watched, and everything in it counts
  bool anchors_missing() const { return !absent_.empty(); }
  std::string why_not() const;  // empty: everything is watched

 private:
  struct Watched {
    const std::string* root = nullptr;  // a key of the roots' folders; none: only named files count
    std::size_t depth = 0;              // folders below its root
    std::uint64_t walk = 0;             // that came by it last
  };
  struct Step {
    const std::string* root;
    std::string relative;  // below it
    std::size_t depth;
  };
  enum class Outcome { new_watch, known, none, no_watch_left };

  void sweep();
  bool try_anchor(const std::string& path, const std::string* root);
  void walk(Step start, const FileFound* found);
  Outcome watch(const std::string& path, const Watched& watched);
  Outcome refuse(const std::string& path, const Error& error);
  std::vector<Step> look_through(const Step& step, const FileFound* found);
  void miss(const std::string& why);

  FileSystem& files_;
  FolderEvents& events_;
  const Roots& roots_;
  std::map<std::string, const std::string*> anchors_;  // and the root that each of them is, if any
  std::map<std::string, Watched> watched_;
  std::set<std::string> absent_;  // anchors
  std::set<std::string> remote_;  // anchors that nothing is heard of
  std::string missed_;            // why some folder is not watched; the first reason
  std::uint64_t walks_ = 0;
  bool any_new_ = false;  // since the last walk_all began
};

}  // namespace weir
