// SPDX-License-Identifier: Apache-2.0
// Accepting: compares what a source lists with what the ledger knows, enters what is new with its
// plan, sets aside what looks wrong or has changed, and answers the files that have units to count.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "flow/known_files.h"
#include "flow/plan_file.h"
#include "flow/poison.h"
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
  std::uint64_t unfinished = 0;   // still written to: left for later
  std::uint64_t unreadable = 0;   // could not be opened now: left for the next pass
  std::uint64_t unanswered = 0;   // of those: the system gave no answer in time
};

// What became of one object.
struct Verdict {
  enum class Standing {
    accepted,   // by this call
    known,      // before, counted or not
    set_aside,  // now or before; the reason says why
    later,      // not now: still written, or out of reach; the reason says so
  };
  Standing standing = Standing::later;
  FileSequence file = 0;  // 0: not in the ledger
  std::string reason;
};

struct Accepted {
  std::vector<std::shared_ptr<const OfferedFile>> files;  // with pending units, as they were given
  std::vector<Verdict> verdicts;                          // one an object, in order
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
    // Whether an unknown or changed object is finished; those that are not are left for later.
    // Absent: all are.
    std::function<bool(const SourceObject&)> ready = {};
    Poison* poison = nullptr;
    bool remembers = false;  // for who asks again for the same files: what `remembers` answers
  };
  explicit Acceptor(const Options& options);

  // At most limits::accept_files_per_batch objects: one look-up in the ledger, and one transaction
  // that enters what is new. An error: the store is out of reach.
  Result<Accepted> accept(std::vector<SourceObject> objects);
  const AcceptCounts& counts() const { return counts_; }

  // Whether an earlier call found that this very version is counted, and nothing is to be done:
  // known_files.h.
  bool remembers(const SourceObject& object) { return known_.contains(object); }
  void forget();
  // Forgets everything where the ledger may have fallen back: to a replica that lagged, or a
  // backup. A connection that is another one than before may be such a store's, however short the
  // failover was. But none need have broken: what was lost is always the last of what was counted;
  // so it asks for the files that were learnt last. An error: the store is out of reach.
  Result<void> look_back();

 private:
  struct Candidate;  // an object, and what the ledger says of it
  struct Learnt {
    FileIdentity identity;
    FileSequence file = 0;
  };
  void remember(const Candidate& candidate);
  Result<void> identify(Candidate& candidate);
  Result<void> look_up(std::vector<Candidate>& candidates);
  Result<void> look_again(Candidate& candidate);
  bool unfinished(Candidate& candidate);
  Result<void> judge_changed(Candidate& candidate);
  bool may_be_offered(const Candidate& candidate);
  static Verdict verdict_of(const Candidate& candidate);
  Result<void> look_at_changed(Candidate& candidate);
  bool is_as_listed(Candidate& candidate);
  Result<bool> same_bytes(const Candidate& candidate, const VersionToken& token);
  Result<void> replan(Candidate& candidate, const std::string& reason);
  Result<void> enter_new(std::vector<Candidate>& candidates);
  Result<void> look_for_version(Candidate& candidate);
  Result<void> supersede(Candidate& candidate, const std::string& reason);
  static Result<void> take_up(Candidate& candidate, Result<FileRow> row);
  static Result<void> unless_overtaken(Candidate& candidate, Result<void> done);
  Result<void> put_aside(Candidate& candidate, const std::string& reason);
  Result<FileEntry> plan(const SourceObject& object, Pieces pieces) const;
  void leave_for_later(Candidate& candidate, const Error& error);
  bool first_time(const std::string& path, const std::string& reason);
  void tell_set_aside(const std::string& path, const FileRow& row);

  const Options options_;
  Retry retry_;
  AcceptCounts counts_;
  KnownFiles known_;
  std::string lineage_;        // of the store, when known_ was learnt
  std::deque<Learnt> learnt_;  // the last of known_, oldest first; one look-up asks for all
  // Changed versions that were looked at, so that a scan does not read them again.
  std::unordered_map<FileSequence, VersionToken> judged_;
  std::unordered_map<std::string, std::string> told_;  // why files are left, by their paths
  // Of a pass, where two objects may be one file (by content); who asks again knows what is under
  // way.
  std::unordered_set<FileSequence> offered_;
};

}  // namespace weir
