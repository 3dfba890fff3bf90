// SPDX-License-Identifier: Apache-2.0
// Files that one pass sets aside: recorded in the ledger, told, counted, and remembered so that
// their other units are not begun.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "flow/report.h"
#include "flow/retry.h"
#include "model/file.h"
#include "store/store.h"

namespace weir {

Note set_aside_note(FileSequence file, const std::string& path, const std::string& reason);

// Any thread. Borrows everything.
class SetAside {
 public:
  SetAside(const Machine& machine, Store& store, const Notes& notes, const Stop& stop);

  // Quarantines the file in the ledger. Twice: once. What the ledger does not know any more, or not
  // as it was read, stays as it is: a later look finds it.
  Result<void> put(const FileRow& file, const std::string& path, const std::string& reason);
  // Not set aside, but given up for this pass: it stays accepted, and waits.
  void leave_waiting(const FileRow& file, const std::string& path, const std::string& reason);

  // Files that wait may be tried again; what was said of them is not said twice.
  void next_round();

  bool contains(FileSequence file) const;  // either way
  std::uint64_t files() const;             // quarantined
  std::uint64_t files_waiting() const;

 private:
  bool remember(FileSequence file, std::uint64_t& count);
  bool first_time(FileSequence file, const std::string& reason);

  const Machine& machine_;
  Store& store_;
  const Notes& notes_;
  const Stop& stop_;
  const std::unique_ptr<Monitor> monitor_;
  std::set<FileSequence> given_up_;
  std::map<FileSequence, std::string> told_;  // why a file waits
  std::uint64_t files_ = 0;
  std::uint64_t files_waiting_ = 0;
};

}  // namespace weir
