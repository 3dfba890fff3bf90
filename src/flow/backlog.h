// SPDX-License-Identifier: Apache-2.0
// Files that are accepted, and wait until the pipeline has room for their units. They are in the
// ledger: what is lost of the backlog, a scan finds again.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/tasks.h"
#include "flow/accept.h"

namespace weir {

inline constexpr std::size_t backlog_files_max = 10'000;  // at which a scan pauses

// Any thread.
class Backlog {
 public:
  explicit Backlog(Tasks& tasks) : monitor_(tasks.monitor()) {}

  // Those that are not under way already; how many they were.
  std::size_t put(const std::vector<std::shared_ptr<const OfferedFile>>& files);
  std::shared_ptr<const OfferedFile> take();  // waits; nullptr: closed
  void open();
  void close();  // and forgets what waits
  bool full();
  std::size_t under_way();   // here, or in the pipeline
  std::size_t remembered();  // what is under way, and some that was

 private:
  void forget_done();

  const std::unique_ptr<Monitor> monitor_;
  std::deque<std::shared_ptr<const OfferedFile>> files_;
  // A file is under way as long as any unit of it is somewhere in the pipeline: each holds it.
  // Those that are done are forgotten now and then: each still costs its memory.
  std::unordered_map<FileSequence, std::weak_ptr<const OfferedFile>> under_way_;
  std::size_t forget_at_ = backlog_files_max;  // so many entries
  bool closed_ = true;
};

}  // namespace weir
