// SPDX-License-Identifier: Apache-2.0
#include "flow/release.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "flow/events.h"
#include "flow/put_away.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::uint64_t files_per_look = 100;
constexpr int names_tried_max = 1000;
constexpr std::size_t told_max = 10'000;

// Beside the source, hidden: whoever is deleted is renamed first, so that only the very file that
// was counted goes, and not one that took its name a moment ago.
std::string grave_of(const FileRow& row, const std::string& source) {
  return joined(parent_of(source), fmt::format(".{}.weir-delete", row.sequence));
}

// Nothing: there is none.
Result<std::optional<FileStatus>> status_of(FileSystem& files, const std::string& path) {
  auto status = files.status(path);
  if (status) {
    return std::optional(*status);
  }
  if (status.error().os_code == ENOENT) {
    return std::optional<FileStatus>();
  }
  return std::move(status).error();
}

bool is_counted_version(const FileRow& row, const FileStatus& status) {
  return status.kind == FileKind::regular && status.inode == row.token.inode &&
         status.size == row.token.size && status.modified == row.token.modified;
}

}  // namespace

Result<std::uint64_t> Releaser::release_due() {
  TRY_ASSIGN(std::uint64_t released, release_all({.release = ReleaseState::releasing}));
  if (options_.settings.after != After::keep) {
    const Nanoseconds before = options_.machine.clock.wall() - options_.settings.keep_for;
    TRY_ASSIGN(const std::uint64_t fresh, release_all({.states = {FileState::done},
                                                       .release = ReleaseState::kept,
                                                       .finished_before = before}));
    released += fresh;
  }
  return released;
}

Result<std::uint64_t> Releaser::release_all(const FileQuery& query) {
  std::uint64_t released = 0;
  FileQuery next = query;
  next.rows_max = files_per_look;
  for (;;) {
    TRY_ASSIGN(const auto rows, retry_([&] { return options_.store.listings().files(next); }));
    for (const FileRow& row : rows) {
      if (options_.stop.requested()) {
        return released;
      }
      auto done = release(row);
      if (!done && done.error().kind == ErrorKind::corrupt) {
        return std::move(done).error();
      }
      if (!done) {
        TRY(tell_if_ours(row, done.error().message));
      }
      released += done && *done ? 1 : 0;
      next.after = row.sequence;
    }
    if (rows.size() < files_per_look) {
      return released;
    }
  }
}

// False: it stays as it is, for now.
Result<bool> Releaser::release(const FileRow& row) {
  TRY_ASSIGN(const std::string source, options_.source.local_path(row.path));
  if (row.release == ReleaseState::releasing) {
    // By whom, and how safely, is not known: once more, so that it is as safe as a commit of ours.
    TRY(mark(row, ReleaseState::releasing, row.release_target));
    return go_on(row, source);
  }
  TRY_ASSIGN(const auto status, status_of(options_.machine.files, source));
  if (status && !is_counted_version(row, *status)) {
    return Error{ErrorKind::unavailable, "it is not the version that was counted"};
  }
  FileRow marked = row;
  if (status) {  // else somebody took it away, or did before the ledger fell back
    TRY_ASSIGN(marked.release_target, choose_target(row, source));
  }
  TRY(mark(row, ReleaseState::releasing, marked.release_target));
  return go_on(marked, source);
}

// What was marked is done, or goes on after a crash; another worker may be doing the same.
Result<bool> Releaser::go_on(const FileRow& row, const std::string& source) {
  const std::string& target = row.release_target;
  TRY_ASSIGN(bool there, still_there(row, source));
  if (target.empty()) {
    TRY(mark(row, there ? ReleaseState::kept : ReleaseState::released, ""));
    return false;
  }
  if (there) {
    auto away = put_away(row, source);
    if (!away) {
      TRY_ASSIGN(there, still_there(row, source));
    }
    if (!away && there && away.error().os_code == EEXIST) {
      TRY(mark(row, ReleaseState::kept, ""));  // another name will be chosen
    }
    if (!away && there) {
      return std::move(away).error();
    }
  }
  const bool deleted = target == grave_of(row, source);
  TRY(bury(row, source));
  TRY_ASSIGN(const auto arrived, status_of(options_.machine.files, target));
  if (!deleted && !arrived) {
    options_.notes({.severity = Severity::error,
                    .event = event::file_lost,
                    .text = escaped(row.path) + " is neither there nor at " + escaped(target) +
                            "; what was counted of it stands",
                    .fields = {{field::path, row.path}, {field::target, target}}});
  }
  TRY(mark(row, ReleaseState::released, deleted ? "" : target));
  return true;
}

// An error is no answer: what cannot be looked at may well be there.
Result<bool> Releaser::still_there(const FileRow& row, const std::string& path) {
  TRY_ASSIGN(const auto status, status_of(options_.machine.files, path));
  return status && is_counted_version(row, *status);
}

// By the first of its targets that is free: a name may come again.
Result<std::string> Releaser::choose_target(const FileRow& row, const std::string& source) {
  if (options_.settings.after == After::remove) {
    return grave_of(row, source);
  }
  const bool pack =
      options_.settings.after == After::archive && row.plan.compression == Compression::none;
  const std::string base = joined(options_.settings.to, below_its_root(source));
  for (int number = 0; number < names_tried_max; ++number) {
    std::string target = number == 0 ? base : fmt::format("{}.{}", base, number);
    target += pack ? ".zst" : "";
    TRY_ASSIGN(const auto taken, status_of(options_.machine.files, target));
    if (!taken) {
      return target;
    }
  }
  return Error{ErrorKind::unavailable, escaped(base) + " and all names like it are taken"};
}

std::string Releaser::below_its_root(const std::string& path) {
  std::string shortest(last_name(path));
  for (const std::string& named : options_.settings.paths) {
    const auto root = options_.machine.files.canonical(named);
    if (root && *root != path && lies_within(path, *root)) {
      shortest = std::string(below(path, *root));
    }
  }
  return shortest;
}

Result<void> Releaser::put_away(const FileRow& row, const std::string& source) {
  FileSystem& files = options_.machine.files;
  const std::string& target = row.release_target;
  const bool archive = options_.settings.after == After::archive;
  const bool packed = target.ends_with(".zst") && row.plan.compression == Compression::none;
  if (!archive || !packed) {
    auto moved = options_.settings.copy_to.empty() ? move_file(files, {source, target})
                                                   : Error{.os_code = EXDEV};
    if (moved) {
      return make_sure(row, source);
    }
    if (moved.error().os_code != EXDEV) {
      return moved;
    }
  }
  std::vector<Transfer> copies = {{.from = source, .to = target, .pack = packed}};
  if (archive && !options_.settings.copy_to.empty()) {
    copies.push_back(
        {.from = target,
         .to = joined(options_.settings.copy_to, below(target, options_.settings.to))});
  }
  for (const Transfer& copy : copies) {
    TRY(copy_file(files, copy, options_.stop));
  }
  TRY(remove_source(row, source));
  for (const Transfer& copy : copies) {
    TRY(remove_unfinished(files, copy.to));
  }
  return {};
}

// A rename takes whatever has the name in that moment. Another file goes back.
Result<void> Releaser::make_sure(const FileRow& row, const std::string& source) {
  FileSystem& files = options_.machine.files;
  TRY_ASSIGN(const bool ours, still_there(row, row.release_target));
  if (ours) {
    return {};
  }
  TRY(move_file(files, {.from = row.release_target, .to = source}));
  return Error{ErrorKind::unavailable, "another file has taken its name"};
}

Result<void> Releaser::remove_source(const FileRow& row, const std::string& source) {
  const std::string grave = grave_of(row, source);
  TRY(options_.machine.files.rename_new(source, grave));
  return bury(row, source);
}

Result<void> Releaser::bury(const FileRow& row, const std::string& source) {
  FileSystem& files = options_.machine.files;
  const std::string grave = grave_of(row, source);
  TRY_ASSIGN(const bool ours, still_there(row, grave));
  if (ours) {
    const auto removed = files.remove(grave);
    if (!removed && removed.error().os_code != ENOENT) {  // else another worker was first
      return removed;
    }
    return files.sync_folder(std::string(parent_of(source)));
  }
  TRY_ASSIGN(const auto other, status_of(files, grave));
  if (other) {
    TRY(move_file(files, {.from = grave, .to = source}));  // another one, that took its name
  }
  return {};
}

Result<void> Releaser::mark(const FileRow& row, ReleaseState state, const std::string& target) {
  Ledger& ledger = options_.store.ledger();
  return retry_([&] { return ledger.release(row, state, target); });
}

// What another worker has meanwhile taken further needs no word.
Result<void> Releaser::tell_if_ours(const FileRow& row, const std::string& trouble) {
  const FileQuery query{.among = {row.sequence}};
  TRY_ASSIGN(const auto now, retry_([&] { return options_.store.listings().files(query); }));
  const bool as_it_was = !now.empty() && entry_mark_of(now.front()) == entry_mark_of(row) &&
                         now.front().release == row.release &&
                         now.front().release_target == row.release_target;
  if (as_it_was) {
    tell(row, trouble);
  }
  return {};
}

// Once, until it changes.
void Releaser::tell(const FileRow& row, const std::string& trouble) {
  if (told_.size() >= told_max) {
    told_.clear();
  }
  if (std::exchange(told_[row.sequence], trouble) != trouble) {
    options_.notes({.severity = Severity::warning,
                    .event = event::file_not_released,
                    .text = escaped(row.path) + " is counted, but not put away: " + trouble,
                    .fields = {{field::path, row.path}, {field::reason, trouble}}});
  }
}

}  // namespace weir
