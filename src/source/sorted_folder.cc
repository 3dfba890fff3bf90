// SPDX-License-Identifier: Apache-2.0
#include "source/sorted_folder.h"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

// Twice the entry itself: a vector that grows holds it twice.
std::size_t bytes_of(const FolderEntry& entry) {
  return entry.name.size() + 2 * sizeof(FolderEntry);
}

bool comes_later(const FolderEntry& one, const FolderEntry& other) {
  const bool folder = one.kind == FileKind::folder;
  const bool other_folder = other.kind == FileKind::folder;
  return folder == other_folder ? one.name > other.name : folder;
}

}  // namespace

SortedFolder::~SortedFolder() {
  for (const FolderEntry& entry : portion_) {
    held_.bytes -= bytes_of(entry);
  }
}

Result<std::optional<FolderEntry>> SortedFolder::next() {
  if (portion_.empty() && !ended_) {
    read_portion();
  }
  if (portion_.empty()) {
    return error_ ? Result<std::optional<FolderEntry>>(*error_) : std::optional<FolderEntry>();
  }
  held_.bytes -= bytes_of(portion_.back());
  FolderEntry entry = std::move(portion_.back());
  portion_.pop_back();
  if (entry.kind == FileKind::folder && portion_.capacity() > 2 * portion_.size()) {
    portion_.shrink_to_fit();  // it is held as long as that folder is walked
  }
  return std::optional(std::move(entry));
}

void SortedFolder::read_portion() {
  while (portion_.size() < sorted_names_min || held_.bytes < sorted_names_bytes_max) {
    auto entry = cursor_->next();
    ended_ = !entry || !*entry;
    if (ended_) {
      if (!entry) {
        error_ = std::move(entry).error();
      }
      break;
    }
    held_.bytes += bytes_of(**entry);
    portion_.push_back(**std::move(entry));
  }
  std::sort(portion_.begin(), portion_.end(), comes_later);
}

}  // namespace weir
