// SPDX-License-Identifier: Apache-2.0
#include "fold/spill_folder.h"

#include <fmt/format.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include "io/path.h"

namespace weir {
namespace {

constexpr std::string_view folder_prefix = "weir-spill-";
constexpr std::string_view run_suffix = ".run";
constexpr std::size_t names_per_listing = 1000;  // so that memory is bounded

bool is_spill_folder(const FolderEntry& entry) {
  return entry.kind == FileKind::folder && entry.name.starts_with(folder_prefix);
}

bool is_run(const FolderEntry& entry) {
  return entry.kind == FileKind::regular && entry.name.ends_with(run_suffix);
}

using Wanted = bool (*)(const FolderEntry&);

// Some of the names that are wanted; none: there is no such name in the folder.
Result<std::vector<std::string>> some_names(FileSystem& files, const std::string& folder,
                                            Wanted wanted) {
  TRY_ASSIGN(const auto cursor, files.list(folder, ""));
  std::vector<std::string> names;
  while (names.size() < names_per_listing) {
    TRY_ASSIGN(const auto entry, cursor->next());
    if (!entry) {
      break;
    }
    if (wanted(*entry)) {
      names.push_back(entry->name);
    }
  }
  return names;
}

Result<void> remove_folder(FileSystem& files, const std::string& folder) {
  for (;;) {
    TRY_ASSIGN(const auto names, some_names(files, folder, is_run));
    if (names.empty()) {
      return files.remove(folder);
    }
    for (const std::string& name : names) {
      TRY(files.remove(joined(folder, name)));
    }
  }
}

}  // namespace

SpillFolder::SpillFolder(FileSystem& files, Random& random, const std::string& parent)
    : files_(files),
      parent_(parent),
      name_(fmt::format("{}{:016x}", folder_prefix, random.next())) {}

SpillFolder::~SpillFolder() {
  if (made_) {
    // What fails here is left for remove_stale_spills; the fold itself has succeeded or failed.
    static_cast<void>(remove_folder(files_, joined(parent_, name_)));
  }
}

Result<std::unique_ptr<WriteFile>> SpillFolder::create(const std::string& name) {
  const std::string folder = joined(parent_, name_);
  if (!made_) {  // two lanes may both come here, to no harm: a folder that is there is no error
    if (!parent_.empty()) {
      TRY(files_.make_folder(parent_));
    }
    TRY(files_.make_folder(folder));
    made_ = true;
  }
  return files_.create(joined(folder, name));
}

Result<std::unique_ptr<ReadFile>> SpillFolder::open(const std::string& name) {
  return files_.open(joined(parent_, name_), name);
}

void SpillFolder::remove(const std::string& name) {
  static_cast<void>(files_.remove(joined(joined(parent_, name_), name)));
}

Result<void> remove_stale_spills(FileSystem& files, const std::string& spill_folder) {
  for (;;) {
    const auto names = some_names(files, spill_folder, is_spill_folder);
    if (!names && names.error().os_code == ENOENT) {
      return {};
    }
    if (!names) {
      return names.error().within("remove what an earlier run had spilled");
    }
    if (names->empty()) {
      return {};
    }
    for (const std::string& name : *names) {
      TRY(remove_folder(files, joined(spill_folder, name)));
    }
  }
}

}  // namespace weir
