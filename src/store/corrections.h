// SPDX-License-Identifier: Apache-2.0
// Changes of what was counted: exact, each in one transaction, and recorded. A part of the store
// seam, see store.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/int128.h"
#include "base/result.h"
#include "model/file.h"
#include "model/period.h"

namespace weir {

enum class CorrectionAction {
  revoke,   // a file's contribution was taken back
  replace,  // the same, when another file or version was counted in its place
  rebase,   // what others wrote to the table was accepted
  forget,   // files left the ledger; what they added stays
};
std::string_view name(CorrectionAction action);  // stable: stands in databases and in JSON

struct Correction {
  std::int64_t number = 0;  // ascending, from 1; 0: nothing was to be corrected
  Nanoseconds at = 0;       // wall clock
  std::string flow;
  CorrectionAction action = CorrectionAction::revoke;
  FileSequence file = 0;   // 0: not of one file
  std::string path;        // bytes
  std::string why;         // as it was given
  std::uint64_t keys = 0;  // consumers whose total changed; of forget: files
  Int128 amount = 0;       // by which the totals changed; rebase: by which others had changed them;
                           // forget: what the files added, which stays
};

struct RolledUp {
  std::uint64_t rows_read = 0;
  std::uint64_t rows_merged = 0;  // into longer periods; they are gone
  bool more = false;              // not everything was read yet: call again
};

class Corrections {
 public:
  virtual ~Corrections() = default;
  // Takes back what the file added: totals, history and books fall by it, its rejects and pending
  // units go, and it is `revoked`. A total that falls to 0 stays. Repeated: no effect, and the same
  // answer. `invalid`: what it added is not known row by row: counted without history, or merged
  // with others. Needs the same memory whatever the number of consumers.
  virtual Result<Correction> revoke(const SeenFile& file, const std::string& why) = 0;
  // Merges rows of history into the period that they lie in, where that period ended at `before` or
  // earlier; reads at most rows_max rows. The sums of history are the same at every moment. Rows of
  // a file that another is about to replace stay as they are. The same arguments again go on where
  // the call before ended. `invalid`: no history is kept; the period is no longer one.
  virtual Result<RolledUp> roll_up(Nanoseconds before, Period into, std::uint64_t rows_max) = 0;
  // What something else than weir wrote to the table becomes part of the base: the books of the
  // table balance afterwards. Reads the whole table. Number 0: they balanced already.
  virtual Result<Correction> rebase(const std::string& why) = 0;
  // Drops the rows of files that are done and released, dropped, or revoked, and were finished (or,
  // where they never were, accepted) before; their rejects, too. What they added stays, as one sum.
  // Their identity is gone: a file of that name counts again. Number 0: there was none.
  virtual Result<Correction> forget(Nanoseconds finished_before) = 0;
  // Of all flows that count into the table; ascending, those after this number only.
  virtual Result<std::vector<Correction>> list(std::int64_t after, std::uint64_t rows_max) = 0;
};

}  // namespace weir
