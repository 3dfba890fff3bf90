// SPDX-License-Identifier: Apache-2.0
// Hears of files as they come into a source's folders: a wake-up, never the truth. A file may be
// heard twice, too early, or not at all; a scan stays the rule.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "io/file_system.h"
#include "source/directory.h"

namespace weir {

inline constexpr std::size_t arrivals_per_hearing_max = 1'000;
inline constexpr std::size_t watched_folders_max = 65'536;

struct Arrival {
  std::string path;    // as Source::look takes it
  bool whole = false;  // it came by a rename: complete as it is
};

struct Heard {
  std::vector<Arrival> files;  // each once, at most arrivals_per_hearing_max
  bool rescan = false;         // something may have been missed: scan now
};

// One thread; wake() from any.
class Arrivals {
 public:
  virtual ~Arrivals() = default;
  // Returns with what was heard; with nothing at the deadline, after wake(), or without cause. The
  // first call sets up what is to be heard, and asks for a rescan: scan after it, not before. After
  // an error, too: what had been heard is lost.
  virtual Result<Heard> wait(Nanoseconds monotonic_deadline) = 0;
  virtual void wake() = 0;  // ends a wait that goes on, or else the next one
  // False: of some folder nothing is heard (a network mount, no watches left, it is not there);
  // only scans find what comes there. Tried again now and then.
  virtual bool hears_all() const = 0;
  virtual std::string why_not() const = 0;  // for people; empty: it hears all
};

// Of all that open_directory_source would list with these options. Paths that do not exist yet are
// no error. A new folder's files are heard as not whole, since they may have come before it was
// watched. Borrows files and clock, which is the one that the files go by.
std::unique_ptr<Arrivals> hear_directories(FileSystem& files, Clock& clock,
                                           const DirectorySourceOptions& options);

}  // namespace weir
