// SPDX-License-Identifier: Apache-2.0
// A file system whose answers have a deadline. A call to a file server that is gone hangs in the
// kernel, for ever if need be, and no thread can be called back from there. So what is asked of a
// folder on another machine is asked by a task of its own, and waited for only so long; then that
// task is left behind, and the caller hears `unavailable`.
//
//   caller ──errand──► runner ──call──► the file system below
//      ▲                  │ in time: the answer
//      └──────────────────┘ late: ETIMEDOUT; the runner goes when its call comes back
//
// It is for what reads. What changes files (create, rename, remove …) and what tells of changes
// goes straight through: of a call that was given up nobody could say whether it was carried out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/stop.h"
#include "base/tasks.h"
#include "io/file_system.h"

namespace weir {

inline constexpr int patient_hangs_max = 8;  // calls left behind at a time; then none is made

struct PatientOptions {
  FileSystem& files;  // outlives every call that is left behind: see Tasks::abandoned
  Tasks& tasks;
  Clock& clock;
  const Stop& stop;                  // once it is requested, nothing is waited for longer than 2 s
  std::vector<std::string> paths{};  // files and folders, with all below them
  bool local_too = false;            // else only those that lie on a file system that is not local
  Nanoseconds timeout = 60'000'000'000;  // of each call; more than 0
};

// Nothing: none of the paths is to be waited for in this way, and the files below serve as well.
// While a call on a path hangs, every other on that path is `unavailable` at once; so is any call
// while patient_hangs_max hang. Each call costs two changes of threads, and a read one copy of its
// bytes. `unavailable` with ETIMEDOUT: a path did not say in time where it lies; what cannot be
// found there is `invalid`, as canonical says it.
Result<std::unique_ptr<FileSystem>> patient_file_system(const PatientOptions& options);

}  // namespace weir
