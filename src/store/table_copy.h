// SPDX-License-Identifier: Apache-2.0
// Copying a table with all that weir knows of it from one store to another, as plain values. A part
// of the store seam, see store.h. What is copied is one table and every flow that counts into it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/file.h"
#include "model/partial.h"
#include "model/period.h"
#include "store/books.h"
#include "store/corrections.h"

namespace weir {

// How far a roll-up into a period has come. The last four: the row that it is behind.
struct CopiedWalk {
  Period into = Period::day;
  Seconds since = 0;
  bool walking = false;
  Seconds cutoff = 0;
  Seconds until = 0;
  Seconds at = 0;
  FileSequence file = 0;
  std::string consumer;  // decimal, or the text key
  std::string period;    // its name; empty: behind no row
};

struct CopiedTable {
  std::string incarnation;  // of the database that it is in
  KeyKind key = KeyKind::integer;
  bool keeps_history = false;
  std::vector<std::string> flows;  // that count into it
  Books books;
  Nanoseconds entered_at = 0;
  std::int64_t commits = 0;     // all of them together: books.batches
  std::int64_t units_done = 0;  // the same
  std::int64_t keys = 0;        // the same
  std::int64_t forgotten_files = 0;
  std::int64_t forgotten_units = 0;
  Int128 forgotten_amount = 0;
  Int128 forgotten_history = 0;  // of those that have history
  std::vector<CopiedWalk> walks;
  FileSequence last_file = 0;        // that was given to a file, also to one that is forgotten
  std::int64_t last_correction = 0;  // the same
};

struct CopiedFile {
  std::string flow;
  FileRow row;
  std::vector<UnitRow> units;        // of the current epoch; none once the file is done
  std::vector<Nanoseconds> done_at;  // of each unit; 0: not done, or not known
};

struct CopiedReject {
  FileSequence file = 0;
  std::int32_t unit = 0;
  Reject reject;
  std::optional<std::uint64_t> line;
};

// Text keys are in `text`, others in `id`.
struct CopiedTotal {
  std::uint64_t id = 0;
  std::string text;
  Int128 amount = 0;
};

struct CopiedHistory {
  CopiedTotal added;
  Seconds at = 0;
  FileSequence file = 0;  // 0: of many
  Period period = Period::file;
};

using CopyPage =
    std::variant<CopiedTable, std::vector<CopiedFile>, std::vector<CopiedReject>,
                 std::vector<CopiedTotal>, std::vector<CopiedHistory>, std::vector<Correction>>;

struct CopyReceipt {
  bool was_there = false;  // an earlier call had copied all of it
  Books books;             // of the copy, read from it
};

class TableCopy {
 public:
  virtual ~TableCopy() = default;
  using Visit = std::function<Result<void>(const CopyPage&)>;
  using Send = std::function<Result<void>(const Visit&)>;

  // Hands out everything, from one snapshot, in pages of bounded size: CopiedTable first, and once.
  // Where the store is opened for writing, nobody else writes meanwhile. Stops at the visitor's
  // first error; the visitor must not call this store.
  virtual Result<void> send(const Visit& visit) = 0;
  // Takes everything that `from` hands out, in one transaction, whose last step is to read the copy
  // and to compare its books. Until it is committed nothing of it is there, and others who write
  // wait. Makes the tables first. Numbers of files and corrections stay what they were, or where
  // the database has given such numbers already, all rise by the same.
  //
  // Repeatable: what was copied from that database already, and not counted into since, stays.
  // `invalid`: the table holds something else, or is the one that is copied; an amount does not
  // fit (the message names the consumer). `corrupt`: the copy is not what was sent.
  virtual Result<CopyReceipt> receive(const Send& from) = 0;
};

}  // namespace weir
