// SPDX-License-Identifier: Apache-2.0
// The nodes of the memory file system, and finding them by path. Guarded by its owner's lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"

namespace weir::memory {

// Gives out the lowest number that is free. Any thread: the last owner of a node may be a handle
// that is closed anywhere.
class Inodes {
 public:
  std::uint64_t take();
  void give_back(std::uint64_t inode);

 private:
  std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::set<std::uint64_t> free_;
};

struct Node;
using Shared = std::shared_ptr<Node>;  // shared by its names and by whoever has it open
using Names = std::map<std::string, Shared, std::less<>>;

struct Node : std::enable_shared_from_this<Node> {
  Node(std::shared_ptr<Inodes> numbers, FileKind its_kind)
      : kind(its_kind), inode(numbers->take()), inodes(std::move(numbers)) {}
  ~Node() { inodes->give_back(inode); }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const FileKind kind;
  const std::uint64_t inode;
  const std::shared_ptr<Inodes> inodes;
  Nanoseconds modified = 0;
  Nanoseconds changed = 0;
  bool denied = false;
  std::weak_ptr<Node> folder;  // where it was entered last; nothing: it has no name any more
  std::string name;            // the name it was given there
  std::size_t writers = 0;     // who have it open for writing
  std::string bytes;           // of a file; the target of a link
  std::string durable_bytes;   // of its last sync
  Names names;                 // of a folder
  Names durable_names;         // of its last sync
};

// Where a path leads. `node` is absent where only the last name is missing.
struct Spot {
  Shared folder;  // absent for the root
  std::string name;
  Shared node;
  std::string path;  // canonical
};

enum class Links { follow, follow_but_last, refuse_but_last };  // a last link is the spot itself

struct Search {
  Shared from;            // where a relative path begins
  std::string from_path;  // its canonical path
  std::string_view path;
  Links links = Links::follow;
  std::string_view verb;   // for the error
  std::string_view shown;  // the same
};

// A spot, found or missing by its last name only; else the error a disk would give.
Result<Spot> find(const Shared& root, const Search& search);

// Sets all below a folder back to what was synced. A folder that was renamed, and of whose two
// parents only one was synced, is there under two names; the second is dropped, as fsck does.
void forget_unsynced(Node& folder);

}  // namespace weir::memory
