// SPDX-License-Identifier: Apache-2.0
// Whether a file is finished, or its producer still writes it. In order of trust: somebody said so;
// it came by a rename; a marker lies beside it; nobody has it open for writing; it has not changed
// for a while, as seen by a clock that never jumps. A listing cannot tell a copy from a rename: in
// every mode a file that is open for writing, or changed a moment ago, waits.
#pragma once

#include <cstddef>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "io/machine.h"
#include "model/flow.h"
#include "source/source.h"

namespace weir {

inline constexpr std::string_view marker_suffix = ".done";    // X.done says that X is complete
inline constexpr std::size_t unfinished_files_max = 100'000;  // remembered; others wait for scans
inline constexpr Nanoseconds quiet_for = 2'000'000'000;       // unchanged, before it may be taken

// Whether somebody has the file open for writing at this moment, as far as the system can tell.
bool is_being_written(const Machine& machine, Source& source, const std::string& path);

// One thread. Borrows everything.
class Completeness {
 public:
  struct Options {
    Source& source;
    const Machine& machine;
    const SourceSettings& settings;
  };
  explicit Completeness(const Options& options) : options_(options) {}

  enum class How { listed, moved, told };  // how one heard of it
  // Whether to take it now. Where not, it is remembered, and becomes due.
  bool ready(const SourceObject& object, How how);

  // The paths to look at again now; at most so many. They are no longer due before `ready` is
  // asked.
  std::vector<std::string> take_due(std::size_t paths_max);
  Nanoseconds next_due() const { return next_due_; }  // monotonic; far away: nothing waits
  void forget(const std::string& path) { unfinished_.erase(path); }
  // Where markers are asked for: whether the path is one, and the file that it marks.
  bool is_marker(const std::string& path) const;
  std::string marked_file(const std::string& path) const;
  std::size_t unfinished() const { return unfinished_.size(); }

 private:
  struct Seen {
    VersionToken token;
    Nanoseconds changed = 0;
    Nanoseconds since = 0;  // monotonic: first seen so
    Nanoseconds due = 0;    // monotonic
  };
  static constexpr Nanoseconds far_away = std::numeric_limits<Nanoseconds>::max();
  bool finished(const SourceObject& object, How how);
  bool marked(const SourceObject& object);
  bool quiet(const SourceObject& object, Nanoseconds for_so_long);
  void remember(const SourceObject& object, Nanoseconds now);

  const Options options_;
  std::map<std::string, Seen> unfinished_;  // by path
  Nanoseconds next_due_ = far_away;         // of all of them; nothing is due earlier
};

}  // namespace weir
