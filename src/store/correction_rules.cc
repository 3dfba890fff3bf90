// SPDX-License-Identifier: Apache-2.0
#include "store/correction_rules.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/rules.h"

namespace weir {
namespace {

Error refused(const FileRow& row, std::string_view why) {
  return {ErrorKind::invalid, escaped(row.path) + " " + std::string(why)};
}

void clear_counts(FileRow& row) {
  row.units_done = 0;
  row.counts = {};
  row.sum = 0;
  row.digest = 0;
  row.final_newline = true;
  row.history = false;
  row.rolled_up = false;
}

UInt128 weighed(FileSequence file, Int128 amount) {
  ControlSum control;
  control.add({.id = static_cast<std::uint64_t>(file), .text = {}, .sum = amount});
  return control.keyed;
}

}  // namespace

std::string_view name(CorrectionAction action) {
  switch (action) {
    case CorrectionAction::revoke:
      return "revoke";
    case CorrectionAction::replace:
      return "replace";
    case CorrectionAction::rebase:
      return "rebase";
    case CorrectionAction::forget:
      return "forget";
  }
  CHECK(false);
}

bool holds_old_version(const FileRow& row) {
  return row.replaces != 0 && row.replaces == row.sequence && row.units_done == 0;
}

bool contributes(const FileRow& row) {
  return row.units_done > 0 || holds_old_version(row);
}

Result<void> check_revocable(const FileRow& row) {
  if (!contributes(row)) {
    return {};
  }
  if (!row.history) {
    return refused(row,
                   "was counted without history, so that what it added to each consumer is not "
                   "known; store.keep = \"history\" keeps it, of files that are counted from then "
                   "on");
  }
  if (row.rolled_up) {
    return refused(row,
                   "was rolled up: its history was merged with that of other files, so that what "
                   "it added to each consumer is no longer known");
  }
  return {};
}

void revoke_row(FileRow& row, const std::string& reason) {
  clear_counts(row);
  row.units = 0;
  row.replaces = 0;
  row.state = FileState::revoked;
  row.reason = reason;
}

void begin_counting(FileRow& row, bool keeps_history) {
  CHECK(row.units_done == 0);
  const bool version = holds_old_version(row);
  clear_counts(row);
  row.history = keeps_history || version;
  row.replaces = version ? 0 : row.replaces;
}

Result<FileRow> superseded_row(const FileRow& row, const FileEntry& entry, Nanoseconds now) {
  const bool counted = row.state == FileState::done || row.state == FileState::quarantined;
  const bool waiting = row.state == FileState::pending || row.state == FileState::quarantined;
  if (!(holds_old_version(row) ? waiting : counted && all_done(row))) {
    return refused(row, "is " + std::string(name(row.state)) +
                            " and not wholly counted: a new version cannot take its place");
  }
  if (entry.units.size() > 1) {
    return refused(row, "was planned in " + std::to_string(entry.units.size()) +
                            " units: a new version is swapped by the commit of one");
  }
  TRY(check_revocable(row));
  FileRow fresh = replanned_row(row, entry, now);
  fresh.replaces = row.sequence;
  fresh.history = true;
  fresh.counts = row.counts;
  fresh.sum = row.sum;
  fresh.digest = row.digest;
  fresh.final_newline = row.final_newline;
  return fresh;
}

bool is_counted_version(const FileRow& row, const FileEntry& entry) {
  return row.state == FileState::done && row.token == entry.token && row.plan == entry.plan;
}

Result<void> check_replaceable(const FileRow& row, const FileRow* other) {
  if (other == nullptr) {
    return no_such_file(row.replaces);
  }
  return check_revocable(*other);
}

Error cannot_replace_itself(const FileRow& row) {
  return refused(row, "cannot replace itself: a new version supersedes it");
}

bool stands_so(const FileRow& row, std::span<const UnitRow> units, const FileEntry& entry) {
  return planned_so(row, units, entry) && (entry.replaces == 0 || entry.replaces == row.replaces);
}

Result<void> release_row(FileRow& row, ReleaseState state, const std::string& target,
                         Nanoseconds now) {
  if (row.state != FileState::done && row.state != FileState::dropped &&
      row.state != FileState::revoked) {
    return refused(row, "is " + std::string(name(row.state)) +
                            ": a file is put away when all of it is counted");
  }
  const bool step = row.release == ReleaseState::releasing || state == row.release ||
                    (row.release == ReleaseState::kept && state == ReleaseState::releasing);
  if (!step) {
    return refused(row, "is " + std::string(name(row.release)) + ", which cannot become " +
                            std::string(name(state)));
  }
  const bool elsewhere = state != ReleaseState::kept && row.release != ReleaseState::kept &&
                         !target.empty() && !row.release_target.empty() &&
                         target != row.release_target;
  if (elsewhere) {
    return Error{ErrorKind::conflict,
                 escaped(row.path) + " is on its way to " + escaped(row.release_target)};
  }
  if (state == ReleaseState::released && row.release != state) {
    row.released_at = now;
  }
  row.release = state;
  if (state == ReleaseState::kept) {
    row.release_target.clear();
  } else if (!target.empty()) {
    row.release_target = target;
  }
  return {};
}

bool may_be_forgotten(const FileRow& row, Nanoseconds finished_before) {
  const Nanoseconds at = row.finished_at == 0 ? row.accepted_at : row.finished_at;
  const bool over = (row.state == FileState::done && row.release == ReleaseState::released) ||
                    row.state == FileState::dropped || row.state == FileState::revoked;
  return over && at < finished_before;
}

std::string replaced_by(const FileRow& row) {
  return "replaced by " + escaped(row.path);
}

bool HistoryAudit::is_compared(const FileRow& row) {
  return row.history && !row.rolled_up;
}

void HistoryAudit::expect(const FileRow& row) {
  if (row.history) {
    due_ += row.sum;
  }
  if (is_compared(row)) {
    files_due_ += weighed(row.sequence, row.sum);
    compared_[row.sequence / files_per_part].set(place_of(row.sequence));
  }
}

void HistoryAudit::add_row(FileSequence file, Int128 amount) {
  found_ += amount;
  const auto part = compared_.find(file / files_per_part);
  if (part != compared_.end() && part->second.test(place_of(file))) {
    files_found_ += weighed(file, amount);
  }
}

Error stands_apart(const FileRow& row) {
  return refused(row, "has history: its units are not committed together with another file's");
}

Error no_history(const std::string& table) {
  return {ErrorKind::invalid, "no history is kept of the table " + escaped(table) +
                                  ": store.keep = \"history\" keeps it, of files that are counted "
                                  "from then on"};
}

std::string history_fault(const std::string& table, Int128 difference) {
  return "the history of " + escaped(table) + " is off by " + to_text(difference) +
         " from what its files added";
}

std::string file_history_fault(const FileRow& row, Int128 found) {
  return "the history of file " + std::to_string(row.sequence) + " (" + escaped(row.path) +
         ") makes " + to_text(found) + ", its row " + to_text(row.sum);
}

}  // namespace weir
