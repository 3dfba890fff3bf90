// SPDX-License-Identifier: Apache-2.0
// The store seam: the central database. Totals and the ledger of what was counted live in it and
// change together; that is where exactly-once lives, and nowhere else. It opens into small
// interfaces. docs/decisions tells why they are cut like this.
//
// Every call: any thread; `unavailable` may be repeated after a while, and a repeated call has the
// effect of one. `invalid`: what is named is not there, or the store is not prepared. Files are
// known by (flow, identity); a store handle speaks for one flow, and several may share a table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/file.h"
#include "model/partial.h"
#include "store/books.h"
#include "store/corrections.h"
#include "store/history.h"
#include "store/table_copy.h"

namespace weir {

// What has been accepted, and how far it is. Each change is one transaction of its own. Of a file
// that was seen, `conflict` also says: the ledger does not know it any more, or not as it was seen;
// nothing changed. A database that fell back may have given its number to another file.
class Ledger {
 public:
  virtual ~Ledger() = default;
  // One answer an identity, in order; nothing where it is not known.
  virtual Result<std::vector<std::optional<FileRow>>> find(
      std::span<const FileIdentity> identities) = 0;
  // Enters files with their units. Known ones stay as they are: the first plan wins. Answers the
  // row of each, in order. One that replaces a file stands alone in its call; `invalid`: that file
  // cannot be revoked (corrections.h).
  virtual Result<std::vector<FileRow>> enter(std::span<const FileEntry> entries) = 0;
  // The file's units of its current epoch, ascending; none where it is done (they are folded into
  // its row).
  virtual Result<std::vector<UnitRow>> units(const SeenFile& file) = 0;
  // A new plan and version for a file, as a new epoch, pending (or quarantined, where the entry has
  // a reason). What it replaces stays, unless the entry names another. Nothing happens where it
  // stands so already. `conflict`: a unit of the old one is done; nothing changed.
  virtual Result<FileRow> replan(const SeenFile& file, const FileEntry& entry) = 0;
  // Quarantines, drops, or (pending) offers a file again. Done files keep what was counted. A file
  // whose units are all done goes back to `done` where `pending` is asked for; one with bytes and
  // without units cannot: `invalid`.
  virtual Result<void> settle(const SeenFile& file, FileState state, const std::string& reason) = 0;
  // The same bytes under a new version token (touched, moved to another inode). `invalid`: another
  // size.
  virtual Result<void> repin(const SeenFile& file, const VersionToken& token) = 0;
  // How far a file is put away: kept, releasing, released, or from releasing back to kept; a target
  // that is empty stays what it was. Repeatable. `conflict`: it has another target; of two who put
  // it away the first chose. `invalid`: another step, or the file is neither
  // done, dropped nor revoked.
  virtual Result<void> release(const SeenFile& file, ReleaseState state,
                               const std::string& target) = 0;
  // A new version of a counted file: a new epoch, pending, that replaces itself. What was counted
  // of the old one stays in the totals until the commit of the new one swaps both; where the new
  // one is empty, it is taken back at once. A file of which nothing is counted is replanned.
  // Nothing happens where it stands so already. `invalid`: the entry has more than one unit, the
  // file is not wholly counted, or cannot be revoked (corrections.h). The entry's own `replaces` is
  // 0.
  virtual Result<FileRow> supersede(const SeenFile& file, const FileEntry& entry) = 0;
};

struct Batch {
  std::vector<UnitOutcome> units;  // ascending by id, each once, at least one
  SumCursor& partial;              // exactly the sums of these units; must not call the store
};

// A file that this commit finished.
struct FinishedFile {
  FileSequence file = 0;
  std::string path;
  std::string duplicate_of;  // the path of an earlier file with the same bytes; empty: none
};

struct Receipt {
  std::vector<FinishedFile> finished;
  std::uint64_t keys = 0;
};

// The commit.
class Committer {
 public:
  virtual ~Committer() = default;
  // One transaction: marks exactly these units done, adds the partial, keeps the rejects. On
  // success every named unit is done and counted once, durably. `unavailable`: nothing is known;
  // repeat the same call. `conflict`: at least one unit was not pending (counted already, replanned
  // or set aside), and nothing of this call was added: after an unknown outcome it says that the
  // first call had succeeded. `invalid`: a sum does not fit the column; nothing was added, and the
  // message names the consumer, what is stored and what was to be added. `corrupt`: the partial is
  // not the sum of the units. The cursor's own errors come through as they are.
  //
  // Where the store keeps history, all units of a batch are of one file: what it adds to each
  // consumer is kept with the file. Whether it is, is decided with the file's first unit; a file
  // that began with history stands apart in another store, too (`invalid`: it did not). A file that
  // replaces another takes back what that one added, in the transaction of its last unit;
  // `invalid`: that one cannot be revoked any more.
  virtual Result<Receipt> commit(const Batch& batch) = 0;
};

struct Total {
  std::string consumer;  // decimal, or the text key
  Int128 amount = 0;
};

class Totals {
 public:
  virtual ~Totals() = default;
  // One answer a key, in order; nothing where the consumer has no row. A key that is no number,
  // where keys are numbers: `invalid`.
  virtual Result<std::vector<std::optional<Total>>> get(std::span<const std::string> consumers) = 0;
  virtual Result<std::vector<Total>> top(
      std::uint64_t rows_max) = 0;  // greatest first, then by key
  // All of them, ascending by key, from one snapshot; stops at the visitor's first error. The
  // visitor must not read from this store.
  virtual Result<void> scan(const std::function<Result<void>(const SumEntry&)>& visit) = 0;
};

struct RejectRow {
  std::string path;
  FileSequence file = 0;
  std::int32_t unit = 0;
  Reject reject;
  std::optional<std::uint64_t> line;  // in the file, from 1; nothing while earlier units are open
};

struct FileQuery {
  std::vector<FileSequence> among;  // these only, each once; empty: all
  std::vector<FileState> states;    // empty: all
  std::optional<ReleaseState> release;
  std::optional<Nanoseconds> finished_before;  // finished, and before this wall time
  FileSequence after = 0;                      // rows with a greater sequence only
  std::uint64_t rows_max = 1000;
};

// Listings for people, page by page.
class Listings {
 public:
  virtual ~Listings() = default;
  virtual Result<std::vector<FileRow>> files(const FileQuery& query) = 0;  // ascending by sequence
  // Of one file, or (0) of all; by file, unit and line, from row `skip` on.
  virtual Result<std::vector<RejectRow>> rejects(FileSequence file, std::uint64_t skip,
                                                 std::uint64_t rows_max) = 0;
};

class Audit {
 public:
  virtual ~Audit() = default;
  virtual Result<Books> books() = 0;  // reads the whole table
};

// Making and checking the tables.
class Schema {
 public:
  virtual ~Schema() = default;
  // Creates what is missing and migrates what is old, in one transaction; a table that is there
  // keeps its values, which become the base of the books. `invalid`: the table cannot hold exact
  // sums, or the schema is newer than this program; the message says what to do.
  virtual Result<void> prepare() = 0;
  // `invalid`: this flow cannot count yet; the message says what to run.
  virtual Result<void> check() = 0;
  virtual Result<int> version() = 0;              // 0: not there
  virtual Result<std::string> incarnation() = 0;  // names this database; a restored copy keeps it
  // Stays the same only as long as nothing that was seen as committed can have gone: the database
  // was within reach all the time, and so was neither restored nor taken over by a copy that
  // lagged. What is remembered of the ledger holds as long. Asks the database.
  virtual Result<std::string> lineage() { return incarnation(); }
};

// How a store is opened.
enum class StoreAccess { read, write };

class Store {
 public:
  virtual ~Store() = default;
  virtual Ledger& ledger() = 0;
  virtual Committer& committer() = 0;
  virtual Totals& totals() = 0;
  virtual Listings& listings() = 0;
  virtual Audit& audit() = 0;
  virtual Schema& schema() = 0;
  virtual History& history() = 0;
  virtual Corrections& corrections() = 0;
  virtual TableCopy& copy() = 0;
};

inline constexpr int store_schema_version = 2;

}  // namespace weir
