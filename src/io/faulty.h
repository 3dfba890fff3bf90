// SPDX-License-Identifier: Apache-2.0
// A file system that fails: by seed, or at its n-th call. For tests and simulation.
//
// A call that fails has no effect below, but for a write, of which the first half may have been
// written: a torn file. A failed write or sync fails for good, as the contract says.
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <set>

#include "base/random.h"
#include "io/file_system.h"

namespace weir {

enum class FileCall {
  open,  // also writers
  read,
  status,  // by path, of an open file, canonical, and place
  list,    // opening a folder, and each next
  create,
  write,
  sync,  // of a file, and of a folder
  rename,
  remove,
  make_folder,
};

// Decides which calls fail. Any thread.
class FaultPlan {
 public:
  virtual ~FaultPlan() = default;
  virtual int strike(FileCall call) = 0;      // 0: it goes through; else the errno it fails with
  virtual std::uint64_t strikes() const = 0;  // calls failed so far
  virtual std::uint64_t calls_counted()
      const = 0;  // calls it was asked about, of the kinds it fails
};

// Probabilities, 0 to 1, and what they fail with.
struct FileFaults {
  double open = 0;    // EMFILE
  double read = 0;    // EIO
  double list = 0;    // EMFILE or EIO
  double status = 0;  // EIO
  double create = 0;  // EMFILE or ENOSPC
  double write = 0;   // ENOSPC or EIO
  double sync = 0;    // EIO
  double rename = 0;  // ENOSPC or EIO; also remove and make_folder
};
std::unique_ptr<FaultPlan> seeded_faults(Random& random, const FileFaults& faults);

// For sweeps: run with n = 1, 2, … until calls_counted() < n.
struct NthCall {
  std::uint64_t n = 1;         // from 1; 0: only count
  std::set<FileCall> kinds{};  // empty: all
  int os_code = EIO;
  bool and_all_later = false;  // a disk that stays full
};
std::unique_ptr<FaultPlan> nth_call_fault(const NthCall& fault);

// Borrows both.
std::unique_ptr<FileSystem> faulty_file_system(FileSystem& files, FaultPlan& plan);

}  // namespace weir
