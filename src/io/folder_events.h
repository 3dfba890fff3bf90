// SPDX-License-Identifier: Apache-2.0
// Wake-ups of a file system: what comes into folders that are watched. Events may be lost (then
// there is an overflow), and tell of what was true when they arose: they say when to look, never
// what there is. Implementations: inotify, memory.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace weir {

struct FolderEvent {
  enum class Kind {
    appeared_whole,   // by a rename: a file, or whatever else is no folder
    written,          // someone who had it open for writing closed it
    folder_appeared,  // made, or by a rename; it is not watched, nor what lies below it
    folder_gone,      // a watched folder was removed or renamed: it is watched no more, and if it
                      // was renamed, nor is what lies below it
    overflow,         // events were lost
  };
  std::string folder;  // as it was added; empty where there was an overflow
  std::string name;    // in that folder; empty where it is gone itself
  Kind kind = Kind::overflow;
  bool operator==(const FolderEvent&) const = default;
};

// One thread; wake() from any. The destructor ends all watching.
class FolderEvents {
 public:
  virtual ~FolderEvents() = default;
  // Watches a folder, not what lies in its folders. Never through a link as the last name. True:
  // from now on; false: it was watched already. A folder that was replaced by another of its name
  // is watched anew. `unavailable` with ENOSPC or EMFILE: there are no more watches; the message
  // says what to raise.
  virtual Result<bool> add(const std::string& folder) = 0;
  // Also what happened there and was not heard yet is not heard any more. Not watched: nothing.
  virtual void forget(const std::string& folder) = 0;
  // The next event. Nothing: the deadline passed (by the monotonic clock of the file system),
  // wake() was called, or no cause at all.
  virtual Result<std::optional<FolderEvent>> next(Nanoseconds monotonic_deadline) = 0;
  virtual void wake() = 0;  // ends a next() that waits, or else the one to come
};

}  // namespace weir
