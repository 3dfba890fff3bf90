// SPDX-License-Identifier: Apache-2.0
// The entries of a folder in order of their names, a portion at a time: files before folders.
// A ledger keeps files in the order of their names, too; asked for a million in the order of a file
// system, it reads and writes a page for each, and in this one, a page for some hundred.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace weir {

// Of all folders that are being walked, together; each takes some names in any case.
inline constexpr std::size_t sorted_names_bytes_max = 8 << 20;
inline constexpr std::size_t sorted_names_min = 64;

// What the folders of one walk hold of it; they borrow it.
struct NamesHeld {
  std::size_t bytes = 0;
};

// One thread.
class SortedFolder {
 public:
  SortedFolder(std::unique_ptr<FolderCursor> cursor, NamesHeld& held)
      : cursor_(std::move(cursor)), held_(held) {}
  ~SortedFolder();
  SortedFolder(const SortedFolder&) = delete;
  SortedFolder& operator=(const SortedFolder&) = delete;

  // Nothing: the end. An error comes after all that was read before it.
  Result<std::optional<FolderEntry>> next();

 private:
  void read_portion();

  const std::unique_ptr<FolderCursor> cursor_;
  NamesHeld& held_;
  std::vector<FolderEntry> portion_;  // the next one last
  bool ended_ = false;                // nothing more is to be read
  std::optional<Error> error_;        // why
};

}  // namespace weir
