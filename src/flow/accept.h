// SPDX-License-Identifier: Apache-2.0
// Accepting: compares what a source lists with what the ledger knows, enters what is new with its
// plan, sets aside what looks wrong or has changed, and answers the files that have units to count.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "flow/report.h"
#include "flow/retry.h"
#include "model/flow.h"
#include "source/source.h"
#include "store/store.h"

namespace weir {

// A file with units to count. Shared by its units, never changed.
struct OfferedFile {
  FileRow row;
  std::string path;  // as the source's listing shows it now
};

struct AcceptCounts {
  std::uint64_t known = 0;        // counted, quarantined, dropped or revoked before
  std::uint64_t quarantined = 0;  // now
  std::uint64_t empty = 0;        // accepted and done at once: no bytes
  std::uint64_t unreadable = 0;   // could not be opened now: left for the next pass
};

// One thread. Borrows everything.
class Acceptor {
 public:
  struct Options {
    const Machine& machine;
    Source& source;
    Store& store;
    const FlowSettings& settings;
    const Notes& notes;
    const Stop& stop;
  };
  explicit Acceptor(const Options& options);

  // At most limits::accept_files_per_batch objects: one look-up in the ledger, and one transaction
  // that enters what is new. Answers the files with pending units, in the order given. An error:
  // the store is out of reach.
  Result<std::vector<std::shared_ptr<const OfferedFile>>> accept(std::vector<SourceObject> objects);
  const AcceptCounts& counts() const { return counts_; }

 private:
  struct Candidate;  // an object, and what the ledger says of it
  Result<void> identify(Candidate& candidate);
  Result<void> look_up(std::vector<Candidate>& candidates);
  Result<void> look_again(Candidate& candidate);
  Result<void> look_at_changed(Candidate& candidate);
  Result<bool> same_bytes(const Candidate& candidate, const VersionToken& token);
  Result<void> replan(Candidate& candidate, const std::string& reason);
  Result<void> enter_new(std::vector<Candidate>& candidates);
  Result<FileEntry> entry_for(const SourceObject& object);
  void leave_for_later(Candidate& candidate, const Error& error);
  void tell_set_aside(const std::string& path, const std::string& reason);

  const Options options_;
  Retry retry_;
  AcceptCounts counts_;
  std::unordered_set<FileSequence> offered_;  // where two objects may be one file (by content)
};

}  // namespace weir
