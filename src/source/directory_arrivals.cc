// SPDX-License-Identifier: Apache-2.0
// Events say where something came; which of it is of the source is decided here, by the same names
// as in a listing. Whatever cannot be told from events (an overflow, a folder that was away) is
// told as a rescan.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "io/path.h"
#include "source/arrivals.h"
#include "source/directory_roots.h"
#include "source/name_rules.h"
#include "source/watched_folders.h"

namespace weir {
namespace {

constexpr Nanoseconds second = 1'000'000'000;

// Nothing tells of a named folder that is made again, or mounted over: it is looked at so often, as
// far as anybody waits.
constexpr Nanoseconds anchors_tried_every = second;

// While some folder is not watched, everything is walked anew now and then: some watches may have
// become free. A walk costs as much as a scan does; it takes no more than a hundredth of the time.
constexpr Nanoseconds walk_again_after = 60 * second;
constexpr Nanoseconds walk_share = 100;

// What one call of wait has heard.
class Hearing {
 public:
  // What was heard last of a file holds: it may have been written to after it came by a rename.
  void hear(const std::string& path, bool whole) {
    const auto [known, first] = places_.emplace(path, heard_.files.size());
    if (!first) {
      heard_.files[known->second].whole = whole;
    } else if (heard_.files.size() < arrivals_per_hearing_max) {
      heard_.files.push_back({.path = path, .whole = whole});
    } else {
      places_.erase(known);
      heard_.rescan = true;
    }
  }
  void ask_for_rescan() { heard_.rescan = true; }

  bool nothing() const { return heard_.files.empty() && !heard_.rescan; }
  bool full() const { return heard_.files.size() >= arrivals_per_hearing_max; }
  Heard heard() && { return std::move(heard_); }

 private:
  Heard heard_;
  std::map<std::string, std::size_t> places_;  // among the files
};

class DirectoryArrivals final : public Arrivals {
 public:
  DirectoryArrivals(FileSystem& files, Clock& clock, DirectorySourceOptions options)
      : files_(files), clock_(clock), options_(std::move(options)), events_(files.events()) {}

  Result<Heard> wait(Nanoseconds monotonic_deadline) override;
  void wake() override { events_->wake(); }
  bool hears_all() const override { return why_not().empty(); }
  std::string why_not() const override { return folders_ ? folders_->why_not() : unresolved_; }

 private:
  void set_up(Hearing& hearing);
  void look_after(Hearing& hearing);
  bool walk_all();
  void take(const FolderEvent& event, Hearing& hearing);
  void take_file(const FolderEvent& event, Hearing& hearing);
  bool is_of_source(const std::string& path, const std::string& folder) const;

  FileSystem& files_;
  Clock& clock_;
  const DirectorySourceOptions options_;
  const std::unique_ptr<FolderEvents> events_;
  std::string unresolved_ = "it has not begun";  // why there are no roots
  std::optional<Roots> roots_;
  std::optional<WatchedFolders> folders_;  // as soon as there are roots
  Nanoseconds try_anchors_at_ = 0;
  Nanoseconds walk_again_at_ = 0;
};

Result<Heard> DirectoryArrivals::wait(Nanoseconds monotonic_deadline) {
  Hearing hearing;
  set_up(hearing);
  look_after(hearing);
  const bool tried_again = !folders_ || folders_->anchors_missing();
  const Nanoseconds deadline =
      tried_again ? std::min(monotonic_deadline, clock_.monotonic() + anchors_tried_every)
                  : monotonic_deadline;
  while (!hearing.full()) {
    TRY_ASSIGN(const auto event, events_->next(hearing.nothing() ? deadline : 0));
    if (!event) {
      break;
    }
    if (folders_) {  // else nothing is watched, and the first walk finds all
      take(*event, hearing);
    }
  }
  return std::move(hearing).heard();
}

void DirectoryArrivals::set_up(Hearing& hearing) {
  if (folders_) {
    return;
  }
  auto roots = resolve_roots(files_, options_);
  if (!roots) {
    unresolved_ = roots.error().message;
    return;
  }
  roots_ = *std::move(roots);
  folders_.emplace(files_, *events_, *roots_);
  walk_all();
  hearing.ask_for_rescan();
}

// True: something is watched that was not before.
bool DirectoryArrivals::walk_all() {
  const Nanoseconds begin = clock_.monotonic();
  const bool any_new = folders_->walk_all();
  const Nanoseconds end = clock_.monotonic();
  walk_again_at_ = end + std::max(walk_again_after, walk_share * (end - begin));
  try_anchors_at_ = end + anchors_tried_every;
  return any_new;
}

void DirectoryArrivals::look_after(Hearing& hearing) {
  const Nanoseconds now = clock_.monotonic();
  if (folders_ && now >= try_anchors_at_) {
    try_anchors_at_ = now + anchors_tried_every;
    if (folders_->try_anchors()) {
      hearing.ask_for_rescan();
    }
  }
  if (folders_ && !hears_all() && now >= walk_again_at_ && walk_all()) {
    hearing.ask_for_rescan();
  }
}

void DirectoryArrivals::take(const FolderEvent& event, Hearing& hearing) {
  switch (event.kind) {
    case FolderEvent::Kind::overflow:
      walk_all();  // folders may have come and gone among what was lost
      hearing.ask_for_rescan();
      return;
    case FolderEvent::Kind::folder_gone:
      if (folders_->gone(event.folder)) {
        hearing.ask_for_rescan();
      }
      return;
    case FolderEvent::Kind::folder_appeared:
      if (folders_->appeared(event.folder, event.name, [&](const std::string& path) {
            if (is_of_source(path, event.folder)) {
              hearing.hear(path, false);
            }
          })) {
        hearing.ask_for_rescan();
      }
      return;
    case FolderEvent::Kind::appeared_whole:
    case FolderEvent::Kind::written:
      take_file(event, hearing);
      return;
  }
}

void DirectoryArrivals::take_file(const FolderEvent& event, Hearing& hearing) {
  const std::string path = joined(event.folder, event.name);
  if (is_of_source(path, event.folder)) {
    hearing.hear(path, event.kind == FolderEvent::Kind::appeared_whole);
  }
}

// `folder` is one that the path lies in, and that is watched.
bool DirectoryArrivals::is_of_source(const std::string& path, const std::string& folder) const {
  return roots_->files.contains(path) ||
         (folders_->is_walked(folder) &&
          reason_to_pass_over_file(last_name(path), options_.match).empty());
}

}  // namespace

std::unique_ptr<Arrivals> hear_directories(FileSystem& files, Clock& clock,
                                           const DirectorySourceOptions& options) {
  return std::make_unique<DirectoryArrivals>(files, clock, options);
}

}  // namespace weir
