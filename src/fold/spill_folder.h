// SPDX-License-Identifier: Apache-2.0
// Where one fold spills to: a folder of its own, named at random, within the spill folder of the
// settings. Made when the first run is written, gone with the fold. What a killed process leaves is
// known by its name, and removed by a later one.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "io/file_system.h"

namespace weir {

// Any thread. Borrows the file system.
class SpillFolder {
 public:
  SpillFolder(FileSystem& files, Random& random, const std::string& parent);
  ~SpillFolder();  // removes the folder and what is in it, as far as the file system lets it
  SpillFolder(const SpillFolder&) = delete;
  SpillFolder& operator=(const SpillFolder&) = delete;

  // Names are file names, each used once.
  Result<std::unique_ptr<WriteFile>> create(const std::string& name);
  Result<std::unique_ptr<ReadFile>> open(const std::string& name);
  void remove(const std::string& name);  // what cannot be removed now is tried again at the end

 private:
  FileSystem& files_;
  const std::string parent_;
  const std::string name_;
  std::atomic<bool> made_ = false;
};

// Removes what killed processes left in a spill folder: folders with our name, and in them runs
// only. It cannot tell their folders from those of a living process: call it only while holding the
// lock of the store that this spill folder belongs to, and before the first fold. A spill folder
// that is not there: no error. After an error the rest is still there; it may be repeated.
Result<void> remove_stale_spills(FileSystem& files, const std::string& spill_folder);

}  // namespace weir
