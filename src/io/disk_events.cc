// SPDX-License-Identifier: Apache-2.0
// inotify watches inodes, not paths: a folder that is renamed keeps its watch, and tells of what
// comes into it under the name that it had. So whatever was renamed is dropped, with all below it,
// and is watched anew under its new name by whoever wants that:
//
//   mv in/a in/b      in/ tells IN_MOVED_FROM a     a, a/x … are dropped: folder_gone in/a
//                         IN_MOVED_TO b             folder_appeared b in in/
//   mv in elsewhere   in/ tells IN_MOVE_SELF        the same, where nobody watches around it
//   rm -r in/a        a tells IN_DELETE_SELF        once the last who has it open lets go of it
//
// The kernel forgets a watch only when it is told to, and what it had queued for it until then
// comes all the same: events of numbers that are not in the books any more are passed over.
#include "io/disk_events.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "io/disk_descriptor.h"
#include "io/disk_wakeup.h"
#include "io/os_error.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::uint32_t what_is_watched = IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_FROM |
                                          IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR |
                                          IN_DONT_FOLLOW | IN_EXCL_UNLINK;
constexpr std::uint32_t end_of_a_watch =
    IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;  // whatever came first, once

constexpr std::size_t buffer_bytes = 64 << 10;  // of the kernel's queue, read at once

constexpr Nanoseconds second = 1'000'000'000;
// Without a descriptor for the wake-up, it is looked at so often.
constexpr Nanoseconds look_every = second / 5;

Error refusal(const std::string& folder, int os_code) {
  Error error = os_error("watch", folder, os_code);
  if (os_code == ENOSPC) {
    error.message = "watch " + escaped(folder) +
                    ": no more folders can be watched (raise fs.inotify.max_user_watches)";
  } else if (os_code == EMFILE) {
    error.message = "watch " + escaped(folder) +
                    ": no more watchers or descriptors (raise fs.inotify.max_user_instances, or "
                    "ulimit -n)";
  }
  return error;
}

class DiskFolderEvents final : public FolderEvents {
 public:
  Result<bool> add(const std::string& folder) override;
  void forget(const std::string& folder) override;
  Result<std::optional<FolderEvent>> next(Nanoseconds monotonic_deadline) override;
  void wake() override { wakeup_.ring(); }

 private:
  using Next = std::optional<FolderEvent>;

  Result<void> open(const std::string& folder);
  void let_go(int watch);
  void forget_tree(const std::string& folder);
  bool wait_until(Nanoseconds deadline);
  Result<void> fill();
  Next take_from_buffer();
  Next meaning(const inotify_event& event, std::string_view name);
  bool still_names(const std::string& folder, int watch);
  Next end_of(std::string folder);

  Descriptor inotify_;
  Wakeup wakeup_;
  std::map<int, std::string> folders_;  // by the number of their watch
  std::map<std::string, int> watches_;  // the same, by the folder
  alignas(inotify_event) std::array<char, buffer_bytes> buffer_{};
  std::size_t begin_ = 0;  // of what is still to be taken from the buffer
  std::size_t end_ = 0;
};

// ---- the books

Result<void> DiskFolderEvents::open(const std::string& folder) {
  if (inotify_.number() < 0) {
    inotify_ = Descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  }
  if (inotify_.number() < 0) {
    return refusal(folder, errno);
  }
  return {};
}

Result<bool> DiskFolderEvents::add(const std::string& folder) {
  if (folder.find('\0') != std::string::npos) {
    return refusal(folder, EINVAL);
  }
  TRY(open(folder));
  const int watch = ::inotify_add_watch(inotify_.number(), folder.c_str(), what_is_watched);
  if (watch < 0) {
    return refusal(folder, errno);
  }
  if (const auto known = folders_.find(watch); known != folders_.end()) {
    if (known->second == folder) {
      return false;
    }
    watches_.erase(known->second);  // it was renamed, and the event of that is on its way or lost
    known->second = folder;
  }
  if (const auto before = watches_.find(folder); before != watches_.end()) {
    let_go(before->second);  // another folder had the name
  }
  folders_[watch] = folder;
  watches_[folder] = watch;
  return true;
}

// Its entry among the watches is the caller's to remove. Where the kernel was first, it refuses.
void DiskFolderEvents::let_go(int watch) {
  ::inotify_rm_watch(inotify_.number(), watch);
  folders_.erase(watch);
}

void DiskFolderEvents::forget(const std::string& folder) {
  if (const auto found = watches_.find(folder); found != watches_.end()) {
    let_go(found->second);
    watches_.erase(found);
  }
}

// Not all that begins with its path lies in it: "a", "a b", "a/x".
void DiskFolderEvents::forget_tree(const std::string& folder) {
  for (auto each = watches_.lower_bound(folder);
       each != watches_.end() && each->first.starts_with(folder);) {
    if (lies_within(each->first, folder)) {
      let_go(each->second);
      each = watches_.erase(each);
    } else {
      ++each;
    }
  }
}

// ---- events

Result<std::optional<FolderEvent>> DiskFolderEvents::next(Nanoseconds monotonic_deadline) {
  if (wakeup_.taken()) {
    return Next();
  }
  for (;;) {
    if (auto event = take_from_buffer()) {
      return event;
    }
    if (!wait_until(monotonic_deadline)) {
      return Next();
    }
    TRY(fill());
  }
}

// True: there are events. False: the deadline passed, or it was woken.
bool DiskFolderEvents::wait_until(Nanoseconds deadline) {
  for (;;) {
    Nanoseconds left = std::max<Nanoseconds>(deadline - system_clock().monotonic(), 0);
    const bool in_slices = wakeup_.descriptor() < 0 && left > look_every;
    left = in_slices ? look_every : left;
    const timespec time{.tv_sec = left / second, .tv_nsec = left % second};
    pollfd waiting[] = {{.fd = inotify_.number(), .events = POLLIN, .revents = 0},
                        {.fd = wakeup_.descriptor(), .events = POLLIN, .revents = 0}};
    const int ready = ::ppoll(waiting, std::size(waiting), &time, nullptr);
    if (wakeup_.taken()) {
      return false;
    }
    if (ready != 0 || !in_slices) {  // an interruption is a wake-up without cause
      return ready > 0 && waiting[0].revents != 0;
    }
  }
}

Result<void> DiskFolderEvents::fill() {
  begin_ = end_ = 0;
  const ssize_t got = ::read(inotify_.number(), buffer_.data(), buffer_.size());
  if (got < 0 && errno != EAGAIN && errno != EINTR) {
    return os_error("read", "the folder events", errno);
  }
  end_ = got > 0 ? static_cast<std::size_t>(got) : 0;
  return {};
}

// The first event that means something.
DiskFolderEvents::Next DiskFolderEvents::take_from_buffer() {
  while (begin_ < end_) {
    inotify_event event{};
    std::memcpy(&event, buffer_.data() + begin_, sizeof event);
    const char* const name = buffer_.data() + begin_ + sizeof event;
    begin_ += sizeof event + event.len;
    if (auto meant = meaning(event, {name, ::strnlen(name, event.len)})) {
      return meant;
    }
  }
  return {};
}

DiskFolderEvents::Next DiskFolderEvents::meaning(const inotify_event& event,
                                                 std::string_view name) {
  using Kind = FolderEvent::Kind;
  if ((event.mask & IN_Q_OVERFLOW) != 0) {
    return FolderEvent{.folder = {}, .name = {}, .kind = Kind::overflow};
  }
  const auto found = folders_.find(event.wd);
  if (found == folders_.end()) {
    return {};
  }
  const std::string folder = found->second;
  if ((event.mask & end_of_a_watch) != 0) {
    const bool moved_here = (event.mask & IN_MOVE_SELF) != 0 && still_names(folder, event.wd);
    return moved_here ? Next() : end_of(folder);
  }
  const bool left = (event.mask & IN_MOVED_FROM) != 0;
  if ((event.mask & IN_ISDIR) != 0) {
    return left ? end_of(joined(folder, name))
                : FolderEvent{folder, std::string(name), Kind::folder_appeared};
  }
  if ((event.mask & IN_MOVED_TO) != 0) {
    return FolderEvent{folder, std::string(name), Kind::appeared_whole};
  }
  if ((event.mask & IN_CLOSE_WRITE) != 0) {
    return FolderEvent{folder, std::string(name), Kind::written};
  }
  return {};  // a file that begins, or left: not asked for, but not to be had without
}

// It may have been added under its new name before its own event of the move was heard.
bool DiskFolderEvents::still_names(const std::string& folder, int watch) {
  const int now = ::inotify_add_watch(inotify_.number(), folder.c_str(), what_is_watched);
  if (now >= 0 && !folders_.contains(now)) {
    ::inotify_rm_watch(inotify_.number(), now);  // another folder, which nobody asked for
  }
  return now == watch;
}

// Nothing: it was not watched.
DiskFolderEvents::Next DiskFolderEvents::end_of(std::string folder) {
  if (!watches_.contains(folder)) {
    return {};
  }
  forget_tree(folder);
  return FolderEvent{
      .folder = std::move(folder), .name = {}, .kind = FolderEvent::Kind::folder_gone};
}

}  // namespace

std::unique_ptr<FolderEvents> disk_folder_events() {
  return std::make_unique<DiskFolderEvents>();
}

}  // namespace weir
