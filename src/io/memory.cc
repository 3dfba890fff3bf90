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
using memory::Shared;
using memory::Spot;
using memory::Turn;
using Told = FolderEvent::Kind;

class MemoryFiles final : public MemoryFileSystem {
 public:
  explicit MemoryFiles(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  Result<std::unique_ptr<ReadFile>> open(const std::string& root,
                                         const std::string& relative) override;
  Result<std::unique_ptr<FolderCursor>> list(const std::string& root,
                                             const std::string& relative) override;
  Result<FileStatus> status(const std::string& path) override;
  Result<std::string> canonical(const std::string& path) override;
  Result<Writers> writers(const std::string& root, const std::string& relative) override;
  Result<FilePlace> place(const std::string& path) override;
  Result<std::unique_ptr<WriteFile>> create(const std::string& path) override;
  Result<void> rename(const std::string& from, const std::string& to) override {
    return rename_with(from, to, true);
  }
  Result<void> rename_new(const std::string& from, const std::string& to) override {
    return rename_with(from, to, false);
  }
  Result<void> remove(const std::string& path) override;
  Result<void> make_folder(const std::string& path) override;
  Result<void> sync_folder(const std::string& path) override;
  std::unique_ptr<FolderEvents> events() override { return memory::opened_events(disk_); }

  void put(const std::string& path, std::string bytes) override;
  void replace(const std::string& path, std::string bytes) override;
  void append(const std::string& path, const std::string& bytes) override;
  void truncate(const std::string& path, std::uint64_t size) override;
  void put_link(const std::string& path, const std::string& target) override;
  void put_special(const std::string& path) override;
  void set_modified(const std::string& path, Nanoseconds modified) override;
  void deny(const std::string& path, bool denied) override;
  std::optional<std::string> contents(const std::string& path) override;
  void mount(const std::string& path, const FilePlace& place) override;
  void limit_watches(std::size_t folders) override;
  void overflow_events() override;
  void crash() override;

 private:
  Result<void> rename_with(const std::string& from, const std::string& to, bool replacing);

  // All of these are called by whoever has the turn.
  Result<Spot> find(std::string_view verb, const std::string& path, Links links) const;
  Result<Spot> find_there(std::string_view verb, const std::string& path, Links links) const;
  Result<Shared> find_within(std::string_view verb, const std::string& root,
                             const std::string& relative) const;
  Result<Shared> find_regular(const std::string& root, const std::string& relative) const;
  Handle handle(Shared node, std::string path) const;
  Node& world_file(const std::string& path) const;
  void world_enter(Turn& turn, const std::string& path, const Shared& node);
  Shared world_folder(Turn& turn, const std::string& path);

  const std::shared_ptr<Disk> disk_;
};

// ---- finding

Result<Spot> MemoryFiles::find(std::string_view verb, const std::string& path, Links links) const {
  if (path.empty()) {
    return os_error(verb, path, ENOENT);
  }
  return memory::find(
      disk_->root,
      {.from = {}, .from_path = {}, .path = path, .links = links, .verb = verb, .shown = path});
}

Result<Spot> MemoryFiles::find_there(std::string_view verb, const std::string& path,
                                     Links links) const {
  TRY_ASSIGN(Spot spot, find(verb, path, links));
  if (!spot.node) {
    return os_error(verb, path, ENOENT);
  }
  return spot;
}

Result<Shared> MemoryFiles::find_within(std::string_view verb, const std::string& root,
                                        const std::string& relative) const {
  const std::string shown = joined(root, relative);
  if (const int refusal = refusal_of_relative(relative); refusal != 0) {
    return os_error(verb, shown, refusal);
  }
  TRY_ASSIGN(const Spot folder, find_there(verb, root.empty() ? "/" : root, Links::follow));
  if (folder.node->kind != FileKind::folder) {
    return os_error(verb, shown, ENOTDIR);
  }
  TRY_ASSIGN(const Spot spot, memory::find(disk_->root, {.from = folder.node,
                                                         .from_path = folder.path,
                                                         .path = relative,
                                                         .links = Links::refuse_but_last,
                                                         .verb = verb,
                                                         .shown = shown}));
  if (!spot.node || spot.node->denied) {
    return os_error(verb, shown, spot.node ? EACCES : ENOENT);
  }
  return spot.node;
}

Result<Shared> MemoryFiles::find_regular(const std::string& root,
                                         const std::string& relative) const {
  TRY_ASSIGN(Shared node, find_within("open", root, relative));
  if (node->kind != FileKind::regular) {
    return not_a_file("open", joined(root, relative), node->kind);
  }
  return node;
}

Handle MemoryFiles::handle(Shared node, std::string path) const {
  return {
      .disk = disk_, .node = std::move(node), .path = std::move(path), .crashes = disk_->crashes};
}

// ---- FileSystem

Result<std::unique_ptr<ReadFile>> MemoryFiles::open(const std::string& root,
                                                    const std::string& relative) {
  const Turn turn(*disk_);
  TRY_ASSIGN(Shared node, find_regular(root, relative));
  return memory::opened_file(handle(std::move(node), joined(root, relative)));
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
  TRY_ASSIGN(const Spot spot, find_there("look at", path, Links::follow_but_last));
  return memory::status_of(*spot.node);
}

Result<std::string> MemoryFiles::canonical(const std::string& path) {
  const Turn turn(*disk_);
  TRY_ASSIGN(const Spot spot, find_there("find", path, Links::follow));
  return spot.path;
}

Result<Writers> MemoryFiles::writers(const std::string& root, const std::string& relative) {
  const Turn turn(*disk_);
  TRY_ASSIGN(const Shared node, find_regular(root, relative));
  return node->writers > 0 ? Writers::some : Writers::none;
}

Result<FilePlace> MemoryFiles::place(const std::string& path) {
  const Turn turn(*disk_);
  TRY_ASSIGN(const Spot spot, find_there("look at", path, Links::follow));
  FilePlace found{.type = "memory"};
  for (const auto& [mounted, place] : disk_->places) {  // ascending: the innermost comes last
    found = lies_within(spot.path, mounted) ? place : found;
  }
  return found;
}

Result<std::unique_ptr<WriteFile>> MemoryFiles::create(const std::string& path) {
  Turn turn(*disk_);
  TRY_ASSIGN(const Spot spot, find("create", path, Links::follow_but_last));
  if (spot.node) {
    return os_error("create", path, EEXIST);
  }
  Shared node = turn.made(FileKind::regular);
  turn.enter(*spot.folder, spot.name, node);
  return memory::opened_new_file(handle(std::move(node), path));
}

// 0, or why `from` cannot take the place of `to`.
int refusal_of_rename(const Spot& from, const Spot& to) {
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

// Tells those who watch, as inotify does: of what left its place, then of what came there.
void relocate(Turn& turn, const Spot& from, const Spot& to) {
  turn.leave(*from.folder, from.name);
  turn.enter(*to.folder, to.name, from.node);
  turn.touch_status(*from.node);
  const bool folder = from.node->kind == FileKind::folder;
  if (folder) {
    turn.hold().tell_gone(*from.node);
  }
  turn.hold().tell(*to.folder, to.name, folder ? Told::folder_appeared : Told::appeared_whole);
  if (to.node) {
    turn.touch_status(*to.node);
    turn.hold().tell_gone(*to.node);
  }
}

Result<void> MemoryFiles::rename_with(const std::string& from, const std::string& to,
                                      bool replacing) {
  Turn turn(*disk_);
  const std::string verb = "rename " + escaped(from) + " to";
  TRY_ASSIGN(const Spot source, find("rename", from, Links::follow_but_last));
  TRY_ASSIGN(const Spot target, find(verb, to, Links::follow_but_last));
  if (!source.node) {
    return os_error("rename", from, ENOENT);
  }
  if (!replacing && source.folder && target.node) {
    return name_taken(from, to);
  }
  if (const int refusal = refusal_of_rename(source, target); refusal != 0) {
    return os_error(verb, to, refusal);
  }
  if (source.node != target.node) {  // else two names of one file: both stay
    relocate(turn, source, target);
  }
  return {};
}

Result<void> MemoryFiles::remove(const std::string& path) {
  Turn turn(*disk_);
  TRY_ASSIGN(const Spot spot, find_there("remove", path, Links::follow_but_last));
  if (!spot.folder || !spot.node->names.empty()) {
    return os_error("remove", path, spot.folder ? ENOTEMPTY : EBUSY);
  }
  turn.leave(*spot.folder, spot.name);
  turn.touch_status(*spot.node);
  turn.hold().tell_gone(*spot.node);
  return {};
}

Result<void> MemoryFiles::make_folder(const std::string& path) {
  Turn turn(*disk_);
  TRY_ASSIGN(const Spot spot, find("make folder", path, Links::follow_but_last));
  if (!spot.node) {
    turn.enter(*spot.folder, spot.name, turn.made(FileKind::folder));
    turn.hold().tell(*spot.folder, spot.name, Told::folder_appeared);
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
  TRY_ASSIGN(const Spot spot, find_there("sync folder", path, Links::follow));
  if (spot.node->kind != FileKind::folder) {
    return os_error("sync folder", path, ENOTDIR);
  }
  spot.node->durable_names = spot.node->names;
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
  turn.hold().tell(*parent, std::string(last_name(path)), Told::folder_appeared);
  return parent->names.at(std::string(last_name(path)));
}

void MemoryFiles::world_enter(Turn& turn, const std::string& path, const Shared& node) {
  const Shared folder = world_folder(turn, std::string(parent_of(path)));
  const std::string name(last_name(path));
  CHECK(!name.empty() && name != "." && name != "..");
  node->durable_bytes = node->bytes;
  folder->durable_names.insert_or_assign(name, node);
  turn.enter(*folder, name, node);
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
  turn.hold().tell_written(file);
}

void MemoryFiles::replace(const std::string& path, std::string bytes) {
  Turn turn(*disk_);
  const Shared node = turn.made(FileKind::regular);
  node->bytes = std::move(bytes);
  world_enter(turn, path, node);
  turn.hold().tell(*node->folder.lock(), node->name, Told::appeared_whole);
}

void MemoryFiles::append(const std::string& path, const std::string& bytes) {
  Turn turn(*disk_);
  Node& file = world_file(path);
  file.bytes += bytes;
  file.durable_bytes = file.bytes;
  turn.touch_bytes(file);
  turn.hold().tell_written(file);
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

void MemoryFiles::mount(const std::string& path, const FilePlace& place) {
  const Turn turn(*disk_);
  disk_->places.insert_or_assign(path, place);
}

void MemoryFiles::limit_watches(std::size_t folders) {
  const Turn turn(*disk_);
  disk_->watches_max = folders;
}

void MemoryFiles::overflow_events() {
  Turn turn(*disk_);
  turn.hold().tell_overflow();
}

void MemoryFiles::crash() {
  Turn turn(*disk_);
  ++disk_->crashes;
  memory::forget_unsynced(*disk_->root);
  turn.hold().tell_lost();
}

}  // namespace

std::unique_ptr<MemoryFileSystem> memory_file_system(Clock& clock) {
  return std::make_unique<MemoryFiles>(std::make_shared<Disk>(clock));
}

std::unique_ptr<MemoryFileSystem> memory_file_system(Clock& clock, Tasks& tasks) {
  return std::make_unique<MemoryFiles>(std::make_shared<Disk>(clock, tasks));
}

}  // namespace weir
