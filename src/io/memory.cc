// SPDX-License-Identifier: Apache-2.0
// Every node has what it holds now and what it held when it was last synced:
//
//   folder ── names ─────────► a, b, c.tmp           crash(): names := durable_names, and so on
//          └─ durable_names ─► a, c                  down the tree; what no name leads to is gone
//   file   ── bytes | durable_bytes
#include "io/memory.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "io/memory_disk.h"
#include "io/memory_tree.h"
#include "io/os_error.h"
#include "io/path.h"

namespace weir {
namespace {

using memory::Disk;
using memory::Handle;
using memory::Links;
using memory::Node;
using memory::Place;
using memory::Shared;
using memory::Turn;

class MemoryFiles final : public MemoryFileSystem {
 public:
  explicit MemoryFiles(Clock& clock) : disk_(std::make_shared<Disk>(clock)) {}

  Result<std::unique_ptr<ReadFile>> open(const std::string& root,
                                         const std::string& relative) override;
  Result<std::unique_ptr<FolderCursor>> list(const std::string& root,
                                             const std::string& relative) override;
  Result<FileStatus> status(const std::string& path) override;
  Result<std::string> canonical(const std::string& path) override;
  Result<std::unique_ptr<WriteFile>> create(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> make_folder(const std::string& path) override;
  Result<void> sync_folder(const std::string& path) override;

  void put(const std::string& path, std::string bytes) override;
  void replace(const std::string& path, std::string bytes) override;
  void append(const std::string& path, const std::string& bytes) override;
  void truncate(const std::string& path, std::uint64_t size) override;
  void put_link(const std::string& path, const std::string& target) override;
  void put_special(const std::string& path) override;
  void set_modified(const std::string& path, Nanoseconds modified) override;
  void deny(const std::string& path, bool denied) override;
  std::optional<std::string> contents(const std::string& path) override;
  void crash() override;

 private:
  // All of these are called by whoever has the turn.
  Result<Place> find(std::string_view verb, const std::string& path, Links links) const;
  Result<Place> find_there(std::string_view verb, const std::string& path, Links links) const;
  Result<Shared> find_within(std::string_view verb, const std::string& root,
                             const std::string& relative) const;
  Handle handle(Shared node, std::string path) const;
  Node& world_file(const std::string& path) const;
  void world_enter(Turn& turn, const std::string& path, Shared node);
  Shared world_folder(Turn& turn, const std::string& path);

  const std::shared_ptr<Disk> disk_;
};

// ---- finding

Result<Place> MemoryFiles::find(std::string_view verb, const std::string& path, Links links) const {
  if (path.empty()) {
    return os_error(verb, path, ENOENT);
  }
  return memory::find(
      disk_->root,
      {.from = {}, .from_path = {}, .path = path, .links = links, .verb = verb, .shown = path});
}

Result<Place> MemoryFiles::find_there(std::string_view verb, const std::string& path,
                                      Links links) const {
  TRY_ASSIGN(Place place, find(verb, path, links));
  if (!place.node) {
    return os_error(verb, path, ENOENT);
  }
  return place;
}

Result<Shared> MemoryFiles::find_within(std::string_view verb, const std::string& root,
                                        const std::string& relative) const {
  const std::string shown = joined(root, relative);
  if (const int refusal = refusal_of_relative(relative); refusal != 0) {
    return os_error(verb, shown, refusal);
  }
  TRY_ASSIGN(const Place folder, find_there(verb, root.empty() ? "/" : root, Links::follow));
  if (folder.node->kind != FileKind::folder) {
    return os_error(verb, shown, ENOTDIR);
  }
  TRY_ASSIGN(const Place place, memory::find(disk_->root, {.from = folder.node,
                                                           .from_path = folder.path,
                                                           .path = relative,
                                                           .links = Links::refuse_but_last,
                                                           .verb = verb,
                                                           .shown = shown}));
  if (!place.node || place.node->denied) {
    return os_error(verb, shown, place.node ? EACCES : ENOENT);
  }
  return place.node;
}

Handle MemoryFiles::handle(Shared node, std::string path) const {
  return {
      .disk = disk_, .node = std::move(node), .path = std::move(path), .crashes = disk_->crashes};
}

// ---- FileSystem

Result<std::unique_ptr<ReadFile>> MemoryFiles::open(const std::string& root,
                                                    const std::string& relative) {
  const Turn turn(*disk_);
  TRY_ASSIGN(Shared node, find_within("open", root, relative));
  const std::string shown = joined(root, relative);
  if (node->kind != FileKind::regular) {
    return not_a_file("open", shown, node->kind);
  }
  return memory::opened_file(handle(std::move(node), shown));
}

Result<std::unique_ptr<FolderCursor>> MemoryFiles::list(const std::string& root,
                                                        const std::string& relative) {
  const Turn turn(*disk_);
  TRY_ASSIGN(Shared node, find_within("list", root, relative));
  const std::string shown = joined(root, relative);
  if (node->kind != FileKind::folder) {
    return os_error("list", shown, ENOTDIR);
  }
  return memory::opened_folder(handle(std::move(node), shown));
}

Result<FileStatus> MemoryFiles::status(const std::string& path) {
  const Turn turn(*disk_);
  TRY_ASSIGN(const Place place, find_there("look at", path, Links::follow_but_last));
  return memory::status_of(*place.node);
}

Result<std::string> MemoryFiles::canonical(const std::string& path) {
  const Turn turn(*disk_);
  TRY_ASSIGN(const Place place, find_there("find", path, Links::follow));
  return place.path;
}

Result<std::unique_ptr<WriteFile>> MemoryFiles::create(const std::string& path) {
  Turn turn(*disk_);
  TRY_ASSIGN(const Place place, find("create", path, Links::follow_but_last));
  if (place.node) {
    return os_error("create", path, EEXIST);
  }
  Shared node = turn.made(FileKind::regular);
  turn.enter(*place.folder, place.name, node);
  return memory::opened_new_file(handle(std::move(node), path));
}

// 0, or why `from` cannot take the place of `to`.
int refusal_of_rename(const Place& from, const Place& to) {
  if (!from.folder || (to.node && !to.folder)) {
    return EBUSY;  // the root
  }
  const bool folder = from.node->kind == FileKind::folder;
  if (folder && lies_within(to.path, from.path) && to.node != from.node) {
    return EINVAL;  // into itself
  }
  if (!to.node) {
    return 0;
  }
  if (lies_within(from.path, to.path) && to.node != from.node) {
    return ENOTEMPTY;  // a folder around it
  }
  if (folder != (to.node->kind == FileKind::folder)) {
    return folder ? ENOTDIR : EISDIR;
  }
  return to.node->names.empty() || to.node == from.node ? 0 : ENOTEMPTY;
}

Result<void> MemoryFiles::rename(const std::string& from, const std::string& to) {
  Turn turn(*disk_);
  const std::string verb = "rename " + escaped(from) + " to";
  TRY_ASSIGN(const Place source, find("rename", from, Links::follow_but_last));
  TRY_ASSIGN(const Place target, find(verb, to, Links::follow_but_last));
  if (!source.node) {
    return os_error("rename", from, ENOENT);
  }
  if (const int refusal = refusal_of_rename(source, target); refusal != 0) {
    return os_error(verb, to, refusal);
  }
  if (source.node == target.node) {
    return {};  // two names of one file: both stay
  }
  if (target.node) {
    turn.touch_status(*target.node);
  }
  turn.leave(*source.folder, source.name);
  turn.enter(*target.folder, target.name, source.node);
  turn.touch_status(*source.node);
  return {};
}

Result<void> MemoryFiles::remove(const std::string& path) {
  Turn turn(*disk_);
  TRY_ASSIGN(const Place place, find_there("remove", path, Links::follow_but_last));
  if (!place.folder || !place.node->names.empty()) {
    return os_error("remove", path, place.folder ? ENOTEMPTY : EBUSY);
  }
  turn.leave(*place.folder, place.name);
  turn.touch_status(*place.node);
  return {};
}

Result<void> MemoryFiles::make_folder(const std::string& path) {
  Turn turn(*disk_);
  TRY_ASSIGN(const Place place, find("make folder", path, Links::follow_but_last));
  if (!place.node) {
    turn.enter(*place.folder, place.name, turn.made(FileKind::folder));
    return {};
  }
  const auto there = find_there("make folder", path, Links::follow);
  if (!there || there->node->kind != FileKind::folder) {
    return os_error("make folder", path, EEXIST);
  }
  return {};
}

Result<void> MemoryFiles::sync_folder(const std::string& path) {
  const Turn turn(*disk_);
  TRY_ASSIGN(const Place place, find_there("sync folder", path, Links::follow));
  if (place.node->kind != FileKind::folder) {
    return os_error("sync folder", path, ENOTDIR);
  }
  place.node->durable_names = place.node->names;
  return {};
}

// ---- the world

Shared MemoryFiles::world_folder(Turn& turn, const std::string& path) {
  if (path.empty() || path == "/") {
    return disk_->root;
  }
  const Shared parent = world_folder(turn, std::string(parent_of(path)));
  const auto found = find("find", path, Links::follow);
  CHECK(found);
  if (found->node) {
    CHECK(found->node->kind == FileKind::folder);
    return found->node;
  }
  world_enter(turn, path, turn.made(FileKind::folder));
  return parent->names.at(std::string(last_name(path)));
}

void MemoryFiles::world_enter(Turn& turn, const std::string& path, Shared node) {
  const Shared folder = world_folder(turn, std::string(parent_of(path)));
  const std::string name(last_name(path));
  CHECK(!name.empty() && name != "." && name != "..");
  node->durable_bytes = node->bytes;
  folder->durable_names.insert_or_assign(name, node);
  turn.enter(*folder, name, std::move(node));
}

Node& MemoryFiles::world_file(const std::string& path) const {
  const auto found = find_there("find", path, Links::follow);
  CHECK(found && found->node->kind == FileKind::regular);
  return *found->node;
}

void MemoryFiles::put(const std::string& path, std::string bytes) {
  Turn turn(*disk_);
  const Shared folder = world_folder(turn, std::string(parent_of(path)));
  if (!folder->names.contains(last_name(path))) {
    world_enter(turn, path, turn.made(FileKind::regular));
  }
  Node& file = world_file(path);
  file.bytes = file.durable_bytes = std::move(bytes);
  turn.touch_bytes(file);
}

void MemoryFiles::replace(const std::string& path, std::string bytes) {
  Turn turn(*disk_);
  const Shared node = turn.made(FileKind::regular);
  node->bytes = std::move(bytes);
  world_enter(turn, path, node);
}

void MemoryFiles::append(const std::string& path, const std::string& bytes) {
  Turn turn(*disk_);
  Node& file = world_file(path);
  file.bytes += bytes;
  file.durable_bytes = file.bytes;
  turn.touch_bytes(file);
}

void MemoryFiles::truncate(const std::string& path, std::uint64_t size) {
  Turn turn(*disk_);
  Node& file = world_file(path);
  file.bytes.resize(size);
  file.durable_bytes = file.bytes;
  turn.touch_bytes(file);
}

void MemoryFiles::put_link(const std::string& path, const std::string& target) {
  Turn turn(*disk_);
  const Shared node = turn.made(FileKind::symlink);
  node->bytes = target;
  world_enter(turn, path, node);
}

void MemoryFiles::put_special(const std::string& path) {
  Turn turn(*disk_);
  world_enter(turn, path, turn.made(FileKind::other));
}

void MemoryFiles::set_modified(const std::string& path, Nanoseconds modified) {
  Turn turn(*disk_);
  Node& file = world_file(path);
  file.modified = modified;
  turn.touch_status(file);
}

void MemoryFiles::deny(const std::string& path, bool denied) {
  Turn turn(*disk_);
  const auto found = find_there("find", path, Links::follow);
  CHECK(found);
  found->node->denied = denied;
  turn.touch_status(*found->node);
}

std::optional<std::string> MemoryFiles::contents(const std::string& path) {
  const Turn turn(*disk_);
  const auto found = find_there("find", path, Links::follow);
  if (!found || found->node->kind != FileKind::regular) {
    return std::nullopt;
  }
  return found->node->bytes;
}

void MemoryFiles::crash() {
  const Turn turn(*disk_);
  ++disk_->crashes;
  memory::forget_unsynced(*disk_->root);
}

}  // namespace

std::unique_ptr<MemoryFileSystem> memory_file_system(Clock& clock) {
  return std::make_unique<MemoryFiles>(clock);
}

}  // namespace weir
