// SPDX-License-Identifier: Apache-2.0
// The walk keeps one open folder a level, and some names of it (sorted_folder.h), so a million
// files cost no memory:
//
//   named files first, then for each named folder   in/        cursor ──► 2026/  (entered)
//                                                   in/2026/   cursor ──► a.txt  (shown)
#include "source/directory.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "io/os_error.h"
#include "io/path.h"
#include "source/directory_file.h"
#include "source/directory_scope.h"
#include "source/name_rules.h"
#include "source/sorted_folder.h"

namespace weir {
namespace {

constexpr std::size_t troubled_folders_named_max = 100;  // those beyond are counted together

class DirectoryListing final : public SourceListing {
 public:
  explicit DirectoryListing(std::shared_ptr<const Scope> scope)
      : scope_(std::move(scope)),
        file_(scope_->roots.files.begin()),
        folder_(scope_->roots.folders.begin()) {}

  Result<std::optional<SourceObject>> next() override {
    if (ended_) {
      return *ended_;
    }
    auto shown = find_next();
    if (!shown || !*shown) {
      ended_ = shown;  // an error again and again: it must not pass for the end of the folder
    }
    return shown;
  }

  const std::map<std::string, std::uint64_t>& skipped() const override { return skipped_; }

 private:
  using Found = std::optional<SourceObject>;
  struct Level {
    std::unique_ptr<SortedFolder> folder;
    std::string relative;  // below its root
  };

  Result<Found> find_next();
  Result<Found> next_named_file();
  Result<bool> enter_next_root();
  Result<Found> take(const FolderEntry& entry);
  Result<void> enter(const std::string& relative, std::string_view name);
  void go_down(std::unique_ptr<FolderCursor> cursor, const std::string& relative) {
    levels_.push_back({.folder = std::make_unique<SortedFolder>(std::move(cursor), names_held_),
                       .relative = relative});
  }
  Result<Found> look_at(const std::string& path, const std::string& base);
  Result<void> pass_over(const Error& error, std::string_view folder);
  void skip(std::string_view reason) { ++skipped_[std::string(reason)]; }
  void skip_within(std::string_view folder, std::string_view reason);

  const std::string& root() const { return root_->first; }

  const std::shared_ptr<const Scope> scope_;
  std::map<std::string, std::string>::const_iterator file_;    // the next one
  std::map<std::string, std::string>::const_iterator folder_;  // the next one
  std::map<std::string, std::string>::const_iterator root_;    // being walked, if levels_ has any
  NamesHeld names_held_;
  std::vector<Level> levels_;
  std::map<std::string, std::uint64_t> skipped_;
  std::size_t troubled_folders_ = 0;
  std::optional<Error> root_error_;  // told when the other roots are done
  std::optional<Result<Found>> ended_;
};

Result<DirectoryListing::Found> DirectoryListing::find_next() {
  while (file_ != scope_->roots.files.end()) {
    TRY_ASSIGN(Found found, next_named_file());
    if (found) {
      return found;
    }
  }
  for (;;) {
    if (levels_.empty()) {
      TRY_ASSIGN(const bool entered, enter_next_root());
      if (!entered) {
        return Found();
      }
      continue;
    }
    auto entry = levels_.back().folder->next();
    if (!entry) {
      TRY(pass_over(entry.error(), joined(root(), levels_.back().relative)));
      levels_.pop_back();
    } else if (!*entry) {
      levels_.pop_back();
    } else {
      TRY_ASSIGN(Found found, take(**entry));
      if (found) {
        return found;
      }
    }
  }
}

Result<DirectoryListing::Found> DirectoryListing::next_named_file() {
  const auto& [path, base] = *file_++;
  TRY_ASSIGN(Found found, look_at(path, base));
  if (!found) {
    skip("no longer there");
  }
  return found;
}

// False: all roots are done. A root that vanished is an error, unlike any folder below it: someone
// named it, and it may be a mount that is gone.
Result<bool> DirectoryListing::enter_next_root() {
  while (folder_ != scope_->roots.folders.end()) {
    root_ = folder_++;
    auto cursor = scope_->files.list(root(), "");
    if (cursor) {
      go_down(*std::move(cursor), "");
      return true;
    }
    if (cursor.error().os_code == EACCES) {
      TRY(pass_over(cursor.error(), root()));
    } else if (!root_error_) {
      root_error_ = cursor.error();
    }
  }
  if (root_error_) {
    return *root_error_;
  }
  return false;
}

Result<DirectoryListing::Found> DirectoryListing::take(const FolderEntry& entry) {
  const std::string relative = joined(levels_.back().relative, entry.name);
  const std::string path = joined(root(), relative);
  switch (entry.kind) {
    case FileKind::symlink:
      skip("symbolic link");
      return Found();
    case FileKind::other:
      skip("not a regular file");
      return Found();
    case FileKind::folder:
      if (!scope_->roots.folders.contains(path)) {
        TRY(enter(relative, entry.name));
      }
      return Found();
    case FileKind::regular:
      break;
  }
  if (scope_->roots.files.contains(path)) {
    return Found();
  }
  const auto reason = reason_to_pass_over_file(entry.name, scope_->options.match);
  if (!reason.empty()) {
    skip(reason);
    return Found();
  }
  return look_at(path, root_->second);
}

Result<void> DirectoryListing::enter(const std::string& relative, std::string_view name) {
  if (const auto reason = reason_to_pass_over_folder(name); !reason.empty()) {
    skip(reason);
    return {};
  }
  if (levels_.size() >= directory_depth_max) {
    skip(too_deep());
    return {};
  }
  auto cursor = scope_->files.list(root(), relative);
  if (!cursor) {
    return pass_over(cursor.error(), joined(root(), relative));
  }
  go_down(*std::move(cursor), relative);
  return {};
}

// Nothing: it is passed over, or is no longer there.
Result<DirectoryListing::Found> DirectoryListing::look_at(const std::string& path,
                                                          const std::string& base) {
  const auto status = scope_->files.status(path);
  if (!status) {
    TRY(pass_over(status.error(), parent_of(path)));
    return Found();
  }
  if (status->kind != FileKind::regular) {  // since it was listed, something took its place
    skip("not a regular file");
    return Found();
  }
  return Found(shown_object(*scope_, {.path = path, .base = base, .status = *status}));
}

// What an error within a folder means for the listing: go on (it is counted, or has vanished), or
// end. `folder` is where it happened; files that are denied or do not answer are counted with it,
// so that there are not more reasons than folders.
Result<void> DirectoryListing::pass_over(const Error& error, std::string_view folder) {
  if (error.os_code == ENOENT) {
    return {};
  }
  if (error.os_code == EACCES || error.os_code == EPERM) {
    skip_within(folder, "permission denied: ");
    return {};
  }
  if (error.os_code == ETIMEDOUT) {
    skip_within(folder, no_answer);
    return {};
  }
  if (error.kind == ErrorKind::invalid) {
    skip("cannot be opened: " + os_reason(error.os_code));
    return {};
  }
  return error;
}

void DirectoryListing::skip_within(std::string_view folder, std::string_view reason) {
  const std::string named = std::string(reason) + escaped(folder);
  const bool told = skipped_.contains(named) || ++troubled_folders_ <= troubled_folders_named_max;
  skip(told ? named : std::string(reason) + "in further folders");
}

class DirectorySource final : public Source {
 public:
  explicit DirectorySource(std::shared_ptr<const Scope> scope) : scope_(std::move(scope)) {}

  Result<std::unique_ptr<SourceListing>> list() override {
    return std::unique_ptr<SourceListing>(std::make_unique<DirectoryListing>(scope_));
  }

  Result<std::string> local_path(const std::string& path) override {
    const bool whole = scope_->options.id.empty() || path.starts_with('/');
    return whole ? path : joined(base(), path);
  }

  Result<SourceObject> look(const std::string& path) override { return look_into(*scope_, path); }

  Result<std::unique_ptr<SourceFile>> open(const std::string& path) override {
    TRY_ASSIGN(const std::string full, local_path(path));
    TRY_ASSIGN(auto file, open_below_a_root(full));
    return pin_directory_file({.files = scope_->files, .path = full, .file = std::move(file)});
  }

 private:
  // What paths of a source with an id are relative to.
  const std::string& base() const {
    const Roots& roots = scope_->roots;
    return (roots.folders.empty() ? roots.files : roots.folders).begin()->second;
  }

  Result<std::unique_ptr<ReadFile>> open_below_a_root(const std::string& path) {
    for (const auto& [folder, base] : scope_->roots.folders) {
      if (lies_within(path, folder)) {
        return scope_->files.open(folder, std::string(below(path, folder)));
      }
    }
    if (scope_->roots.files.contains(path)) {
      return scope_->files.open(std::string(parent_of(path)), std::string(last_name(path)));
    }
    return Error{
        .kind = ErrorKind::invalid,
        .message = "open " + escaped(path) + ": it is not among the files and folders named",
        .os_code = EXDEV};
  }

  const std::shared_ptr<const Scope> scope_;
};

}  // namespace

SourceObject shown_object(const Scope& scope, const FoundFile& file) {
  const std::string& id = scope.options.id;
  const std::string within(below(file.path, file.base));
  return {.identity = id.empty() ? "path:" + file.path : "id:" + id + ":" + within,
          .path = id.empty() ? file.path : within,
          .token = token_of(file.status),
          .changed = file.status.changed};
}

std::string too_deep() {
  return "deeper than " + std::to_string(directory_depth_max) + " folders";
}

Result<std::unique_ptr<Source>> open_directory_source(FileSystem& files,
                                                      const DirectorySourceOptions& options) {
  TRY_ASSIGN(Roots roots, resolve_roots(files, options));
  return std::unique_ptr<Source>(std::make_unique<DirectorySource>(std::make_shared<const Scope>(
      Scope{.files = files, .options = options, .roots = std::move(roots)})));
}

}  // namespace weir
