// SPDX-License-Identifier: Apache-2.0
// What the contract asks of every store alike when it takes back, swaps, puts away or forgets.
// Pure functions.
#pragma once

#include <bitset>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "model/file.h"
#include "store/store.h"

namespace weir {

// A new version that is not counted yet: the row still holds what the old one added.
bool holds_old_version(const FileRow& row);

// Whether something of it is in the totals.
bool contributes(const FileRow& row);

// `invalid`: what it added is not known row by row. (What added nothing can be taken back.)
Result<void> check_revocable(const FileRow& row);

// What it added is taken back: the row holds none of it any more, and its units are gone.
void revoke_row(FileRow& row, const std::string& reason);

// The first unit of a file is about to be counted; for a new version, the old one is taken back.
void begin_counting(FileRow& row, bool keeps_history);

// The row of a new version.
Result<FileRow> superseded_row(const FileRow& row, const FileEntry& entry, Nanoseconds now);
// Whether the entry is the version that is counted.
bool is_counted_version(const FileRow& row, const FileEntry& entry);

// Whether the file that a row is to replace can be; nullptr: there is none.
Result<void> check_replaceable(const FileRow& row, const FileRow* other);
Error cannot_replace_itself(const FileRow& row);

// Whether entering this entry anew would change nothing, replacements included.
bool stands_so(const FileRow& row, std::span<const UnitRow> units, const FileEntry& entry);

Result<void> release_row(FileRow& row, ReleaseState state, const std::string& target,
                         Nanoseconds now);

// Whether forget() drops it.
bool may_be_forgotten(const FileRow& row, Nanoseconds finished_before);

// The words of corrections' reasons.
std::string replaced_by(const FileRow& row);
inline constexpr std::string_view new_version = "a new version took its place";

// The books of a table's history: its rows against what its files say, in one reading of both, with
// a bit of memory a file. Files first, then rows, each in any order.
class HistoryAudit {
 public:
  void expect(const FileRow& row);  // every file that counts into the table
  void expect_forgotten(Int128 sum) { due_ += sum; }
  void add_row(FileSequence file, Int128 amount);

  Int128 difference() const { return found_ - due_; }              // 0: all of it together is right
  bool files_agree() const { return files_found_ == files_due_; }  // and each file alone

  // Whether its rows must make up its sum: it has history, and none of it was merged.
  static bool is_compared(const FileRow& row);

 private:
  Int128 due_ = 0;
  Int128 found_ = 0;
  UInt128 files_due_ = 0;  // each sum weighed by a number of its file: as control sums are
  UInt128 files_found_ = 0;

  static constexpr FileSequence files_per_part = 4096;
  static std::size_t place_of(FileSequence file) {
    return static_cast<std::size_t>(file) % static_cast<std::size_t>(files_per_part);
  }
  std::map<FileSequence, std::bitset<files_per_part>> compared_;  // by sequence, in parts
};

// A unit of the file came in one batch with another file's.
Error stands_apart(const FileRow& row);
Error no_history(const std::string& table);

// Sentences of the audit.
std::string history_fault(const std::string& table, Int128 difference);
std::string file_history_fault(const FileRow& row, Int128 found);

}  // namespace weir
