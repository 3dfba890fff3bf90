// SPDX-License-Identifier: Apache-2.0
#include "source/watched_folders.h"

#include <cerrno>
#include <iterator>
#include <utility>
#include <vector>

#include "base/text.h"
#include "io/path.h"
#include "source/arrivals.h"
#include "source/directory.h"
#include "source/name_rules.h"

namespace weir {

namespace {

std::string too_many() {
  return "there are more than " + grouped(watched_folders_max) + " folders";
}

}  // namespace

WatchedFolders::WatchedFolders(FileSystem& files, FolderEvents& events, const Roots& roots)
    : files_(files), events_(events), roots_(roots) {
  for (const auto& root : roots.folders) {
    anchors_.emplace(root.first, &root.first);
  }
  for (const auto& file : roots.files) {
    anchors_.emplace(parent_of(file.first), nullptr);
  }
}

// ---- what is asked

bool WatchedFolders::is_walked(const std::string& folder) const {
  const auto found = watched_.find(folder);
  return found != watched_.end() && found->second.root != nullptr;
}

std::string WatchedFolders::why_not() const {
  return absent_.empty() ? missed_ : escaped(*absent_.begin()) + " is not there";
}

void WatchedFolders::miss(const std::string& why) {
  if (missed_.empty()) {
    missed_ = why;
  }
}

// ---- walks

bool WatchedFolders::walk_all() {
  ++walks_;
  any_new_ = false;
  missed_.clear();
  remote_.clear();
  for (const auto& [path, root] : anchors_) {
    if (root != nullptr) {
      walk({.root = root, .relative = "", .depth = 0}, nullptr);
    } else {
      watch(path, {.root = nullptr, .depth = 0, .walk = walks_});
    }
  }
  sweep();
  return any_new_;
}

// What no walk came by: it is gone, or the walk ended early. It stays where it can be watched
// still.
void WatchedFolders::sweep() {
  for (auto each = watched_.begin(); each != watched_.end();) {
    const bool stays = each->second.walk == walks_ || events_.add(each->first);
    each = stays ? std::next(each) : watched_.erase(each);
  }
}

bool WatchedFolders::try_anchors() {
  bool changed = false;
  for (const auto& [path, root] : anchors_) {
    if (!remote_.contains(path)) {
      changed = try_anchor(path, root) || changed;
    }
  }
  return changed;
}

// True: it came, went, or was replaced; a named folder that came has been walked.
bool WatchedFolders::try_anchor(const std::string& path, const std::string* root) {
  const bool was_watched = watched_.contains(path);
  switch (watch(path, {.root = root, .depth = 0, .walk = walks_})) {
    case Outcome::new_watch:
      if (root != nullptr) {
        walk({.root = root, .relative = "", .depth = 0}, nullptr);
      }
      return true;
    case Outcome::known:
      return false;
    case Outcome::none:
    case Outcome::no_watch_left:
      break;
  }
  gone(path);
  return was_watched;
}

// One folder after the other, each watched before it is looked through: what comes meanwhile is
// seen, heard, or both.
void WatchedFolders::walk(Step start, const FileFound* found) {
  std::vector<Step> ahead;
  ahead.push_back(std::move(start));
  while (!ahead.empty()) {
    const Step step = std::move(ahead.back());
    ahead.pop_back();
    const std::string path = joined(*step.root, step.relative);
    const Outcome outcome = watch(path, {.root = step.root, .depth = step.depth, .walk = walks_});
    if (outcome == Outcome::no_watch_left) {
      return;  // nor would there be one for any other
    }
    if (outcome == Outcome::none) {
      continue;
    }
    for (Step& next : look_through(step, found)) {
      if (ahead.size() < watched_folders_max) {
        ahead.push_back(std::move(next));
      } else {
        miss(too_many());
      }
    }
  }
}

WatchedFolders::Outcome WatchedFolders::watch(const std::string& path, const Watched& watched) {
  const bool known = watched_.contains(path);
  if (!known && watched_.size() >= watched_folders_max) {
    miss(too_many());
    return Outcome::no_watch_left;
  }
  const auto added = events_.add(path);
  if (!added) {
    return refuse(path, added.error());
  }
  if (*added) {  // also where another folder, or a mount, took its place
    const auto place = files_.place(path);
    if (place && !place->local) {
      remote_.insert(path);
      gone(path);
      events_.forget(path);
      miss(escaped(path) + " is on " + place->type + ", where changes are not told");
      return Outcome::none;
    }
    any_new_ = true;
  }
  absent_.erase(path);
  Watched& entry = watched_[path];
  entry = {.root = watched.root != nullptr ? watched.root : entry.root,  // it stays a walked one
           .depth = watched.root != nullptr ? watched.depth : entry.depth,
           .walk = watched.walk};
  return *added ? Outcome::new_watch : Outcome::known;
}

WatchedFolders::Outcome WatchedFolders::refuse(const std::string& path, const Error& error) {
  if (error.os_code == ENOENT || error.os_code == ENOTDIR || error.os_code == ELOOP) {
    if (anchors_.contains(path)) {
      absent_.insert(path);
    }
    return Outcome::none;
  }
  miss(error.message);
  return error.os_code == ENOSPC || error.os_code == EMFILE ? Outcome::no_watch_left
                                                            : Outcome::none;
}

// The folders in one folder that are to be watched, too.
std::vector<WatchedFolders::Step> WatchedFolders::look_through(const Step& step,
                                                               const FileFound* found) {
  std::vector<Step> folders;
  const auto cursor = files_.list(*step.root, step.relative);
  if (!cursor) {
    if (cursor.error().os_code != ENOENT) {
      miss(cursor.error().message);
    }
    return folders;
  }
  auto entry = (*cursor)->next();
  for (; entry && *entry; entry = (*cursor)->next()) {
    const std::string relative = joined(step.relative, (*entry)->name);
    const std::string path = joined(*step.root, relative);
    const bool walked = (*entry)->kind == FileKind::folder && !roots_.folders.contains(path) &&
                        step.depth + 1 < directory_depth_max &&
                        reason_to_pass_over_folder((*entry)->name).empty();
    if (walked && folders.size() >= watched_folders_max) {
      miss(too_many());
    } else if (walked) {
      folders.push_back({.root = step.root, .relative = relative, .depth = step.depth + 1});
    } else if (found != nullptr && (*entry)->kind == FileKind::regular) {
      (*found)(path);
    }
  }
  if (!entry) {
    miss(entry.error().message);
  }
  return folders;
}

// ---- events

bool WatchedFolders::appeared(const std::string& folder, const std::string& name,
                              const FileFound& found) {
  const std::string path = joined(folder, name);
  if (roots_.folders.contains(path)) {
    return try_anchor(path, anchors_.at(path));
  }
  const auto around = watched_.find(folder);
  const bool walked = around != watched_.end() && around->second.root != nullptr &&
                      around->second.depth + 1 < directory_depth_max &&
                      reason_to_pass_over_folder(name).empty();
  if (!walked) {
    return anchors_.contains(path) && try_anchor(path, nullptr);
  }
  const std::string* const root = around->second.root;
  walk({.root = root,
        .relative = std::string(below(path, *root)),
        .depth = around->second.depth + 1},
       &found);
  return false;
}

bool WatchedFolders::gone(const std::string& folder) {
  bool anchor = false;
  for (auto each = watched_.lower_bound(folder);
       each != watched_.end() && each->first.starts_with(folder);) {
    if (!lies_within(each->first, folder)) {
      ++each;
      continue;
    }
    if (anchors_.contains(each->first) && !remote_.contains(each->first)) {
      absent_.insert(each->first);  // until it is tried again
      anchor = true;
    }
    events_.forget(each->first);
    each = watched_.erase(each);
  }
  return anchor;
}

}  // namespace weir
