// SPDX-License-Identifier: Apache-2.0
#include "flow/completeness.h"

#include <algorithm>

#include "io/path.h"

namespace weir {
namespace {

constexpr Nanoseconds long_ago = 60'000'000'000;  // by the wall clock: what is older is not watched

Writers writers_of(const Machine& machine, Source& source, const std::string& path) {
  const auto local = source.local_path(path);
  if (!local) {
    return Writers::unknown;
  }
  const auto writers =
      machine.files.writers(std::string(parent_of(*local)), std::string(last_name(*local)));
  return writers ? *writers : Writers::unknown;
}

}  // namespace

bool is_being_written(const Machine& machine, Source& source, const std::string& path) {
  return writers_of(machine, source, path) == Writers::some;
}

bool Completeness::ready(const SourceObject& object, How how) {
  if (how == How::told || finished(object, how)) {
    forget(object.path);
    return true;
  }
  remember(object, options_.machine.clock.monotonic());
  return false;
}

bool Completeness::finished(const SourceObject& object, How how) {
  const CompleteRule rule = options_.settings.complete;
  if (rule == CompleteRule::marker && !marked(object)) {
    return false;
  }
  if (how == How::moved || rule == CompleteRule::marker) {
    return true;
  }
  const Writers writers = writers_of(options_.machine, options_.source, object.path);
  if (writers == Writers::some) {
    return false;
  }
  // Where the system cannot tell who writes, only time can.
  const bool patient = rule == CompleteRule::settled ||
                       (rule == CompleteRule::closed && writers == Writers::unknown);
  return quiet(object, patient ? options_.settings.settle_for : quiet_for);
}

bool Completeness::marked(const SourceObject& object) {
  const auto path = options_.source.local_path(object.path);
  const auto status = path ? options_.machine.files.status(*path + std::string(marker_suffix))
                           : Result<FileStatus>(path.error());
  return status && status->kind == FileKind::regular;
}

bool Completeness::is_marker(const std::string& path) const {
  return options_.settings.complete == CompleteRule::marker && path.ends_with(marker_suffix);
}

std::string Completeness::marked_file(const std::string& path) const {
  return is_marker(path) ? path.substr(0, path.size() - marker_suffix.size()) : path;
}

// What was last changed long ago is quiet, at first sight: a million old files need not be
// remembered. The wall clock is trusted only so far: a time in the future is none.
bool Completeness::quiet(const SourceObject& object, Nanoseconds for_so_long) {
  const Nanoseconds age =
      options_.machine.clock.wall() - std::max(object.changed, object.token.modified);
  if (age > std::max(long_ago, 10 * for_so_long)) {
    return true;
  }
  const auto seen = unfinished_.find(object.path);
  return seen != unfinished_.end() && seen->second.token == object.token &&
         seen->second.changed == object.changed &&
         options_.machine.clock.monotonic() - seen->second.since >= for_so_long;
}

void Completeness::remember(const SourceObject& object, Nanoseconds now) {
  auto seen = unfinished_.find(object.path);
  if (seen == unfinished_.end()) {
    if (unfinished_.size() >= unfinished_files_max) {
      return;
    }
    seen = unfinished_.try_emplace(object.path).first;
  }
  Seen& entry = seen->second;
  if (entry.token != object.token || entry.changed != object.changed || entry.since == 0) {
    entry = {.token = object.token, .changed = object.changed, .since = now};
  }
  entry.due = now + quiet_for;
  next_due_ = std::min(next_due_, entry.due);
}

std::vector<std::string> Completeness::take_due(std::size_t paths_max) {
  const Nanoseconds now = options_.machine.clock.monotonic();
  std::vector<std::string> paths;
  if (now < next_due_) {
    return paths;
  }
  next_due_ = far_away;
  for (auto& [path, seen] : unfinished_) {
    if (seen.due <= now && paths.size() < paths_max) {
      seen.due = now + quiet_for;
      paths.push_back(path);
    }
    next_due_ = std::min(next_due_, seen.due);
  }
  return paths;
}

}  // namespace weir
