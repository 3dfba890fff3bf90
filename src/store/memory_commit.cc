// SPDX-License-Identifier: Apache-2.0
// A commit looks at everything that can be refused first, and then changes everything: so that it
// is whole or not at all, without a way back.
#include "store/memory_commit.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "store/correction_rules.h"
#include "store/memory_take_back.h"
#include "store/rules.h"

namespace weir {
namespace {

UnitRow* find_unit(MemoryFile& file, const UnitId& id) {
  const auto at =
      std::lower_bound(file.units.begin(), file.units.end(), id,
                       [](const UnitRow& row, const UnitId& to) { return row.id < to; });
  return at == file.units.end() || at->id != id ? nullptr : &*at;
}

class CommitSteps {
 public:
  CommitSteps(MemoryDatabase& database, const MemoryCommit& commit)
      : database_(database), commit_(commit) {}

  Result<void> look();
  Receipt change();

 private:
  Result<void> check_pending(const UnitOutcome& outcome);
  FileRow& row_of(FileSequence file);
  Result<void> find_replaced();
  Result<void> replace(FileRow& row);
  Result<void> find_sums();
  Result<void> find_history();
  void mark_done(const UnitOutcome& outcome);
  void resolve_lines(const MemoryFile& file);
  std::string earlier_copy(const MemoryFile& file);
  FinishedFile finish(MemoryFile& file);

  MemoryDatabase& database_;
  const MemoryCommit& commit_;
  std::map<FileSequence, FileRow> rows_;  // of the batch, as they will be
  std::vector<MemoryTaken> replaced_;
  MemorySums net_;                    // the partial, less what is replaced
  std::vector<std::int64_t> totals_;  // of net_
  std::map<MemoryHistoryKey, std::int64_t> history_;
  ControlSum control_;  // of the partial
};

Result<void> CommitSteps::check_pending(const UnitOutcome& outcome) {
  const UnitId& id = outcome.id;
  MemoryFile* const file = database_.known(commit_.flow, id.file);
  TRY(check_open(id, file == nullptr ? nullptr : &file->row, outcome.entry_mark));
  const UnitRow* const unit = find_unit(*file, id);
  if (unit == nullptr || unit->state != UnitState::pending) {
    return unit_not_pending(id, "is done already");
  }
  return {};
}

FileRow& CommitSteps::row_of(FileSequence file) {
  const auto [at, fresh] = rows_.try_emplace(file, database_.files.at(file).row);
  FileRow& row = at->second;
  if (fresh && holds_old_version(row)) {
    replaced_.push_back({.file = row, .is_version = true, .why = std::string(new_version)});
  }
  if (fresh && row.units_done == 0) {
    begin_counting(row, commit_.keeps_history);
  }
  return row;
}

Result<void> CommitSteps::look() {
  check_ascending(commit_.units);
  Int128 of_units = 0;
  for (const UnitOutcome& outcome : commit_.units) {
    TRY(check_pending(outcome));
    of_units += outcome.sum;
  }
  control_ = control_of(commit_.sums, database_.key);
  if (control_.amount != of_units) {
    return partial_is_not_its_units(control_.amount, of_units);
  }
  for (const UnitOutcome& outcome : commit_.units) {
    count_unit(row_of(outcome.id.file), outcome);
  }
  TRY(find_replaced());
  TRY(find_sums());
  return find_history();
}

// Of the files that this batch finishes.
Result<void> CommitSteps::find_replaced() {
  for (auto& [sequence, row] : rows_) {
    if (row.history && rows_.size() > 1) {  // else who added what?
      CHECK(!commit_.keeps_history);
      return stands_apart(row);
    }
    if (row.replaces != 0 && all_done(row)) {
      TRY(replace(row));
    }
  }
  for (MemoryTaken& taken : replaced_) {
    TRY_ASSIGN(const auto found, find_contribution(database_, taken.file));
    taken.sums = found.sums;
    taken.control = found.control;
  }
  return {};
}

Result<void> CommitSteps::replace(FileRow& row) {
  const FileSequence other = std::exchange(row.replaces, 0);
  if (const auto here = rows_.find(other); here != rows_.end()) {
    return check_revocable(here->second);  // counted in this very batch: it has no history
  }
  const bool taken = std::any_of(
      replaced_.begin(), replaced_.end(),
      [other](const MemoryTaken& one) { return one.file.sequence == other; });  // by another file
  const MemoryFile* const found = database_.known(commit_.flow, other);
  if (found != nullptr && found->row.state != FileState::revoked && !taken) {
    replaced_.push_back({.file = found->row, .why = replaced_by(row)});
  }
  return {};
}

Result<void> CommitSteps::find_sums() {
  std::map<std::string, Int128> net(commit_.sums.begin(), commit_.sums.end());
  for (const MemoryTaken& taken : replaced_) {
    for (const auto& [key, sum] : taken.sums) {
      net[key] += sum;
    }
  }
  net_.assign(net.begin(), net.end());
  TRY_ASSIGN(totals_, new_totals(database_, net_));
  return {};
}

// What the history will hold of the batch's file.
Result<void> CommitSteps::find_history() {
  const FileRow& row = rows_.begin()->second;
  if (!row.history) {
    return {};
  }
  const bool afresh = !replaced_.empty() && replaced_.front().is_version;
  for (const auto& [key, sum] : commit_.sums) {
    const MemoryHistoryKey place{key, seconds_of(row.accepted_at), row.sequence,
                                 std::string(name(Period::file))};
    const auto at = database_.history.find(place);
    const Int128 before = afresh || at == database_.history.end() ? 0 : at->second;
    if (!fits_int64(sum) || !fits_int64(before + sum)) {
      return sum_does_not_fit(consumer_text(memory_entry(key, sum, database_.key), database_.key),
                              before, sum);
    }
    history_.emplace(place, static_cast<std::int64_t>(before + sum));
  }
  return {};
}

Receipt CommitSteps::change() {
  for (std::size_t i = 0; i < totals_.size(); ++i) {
    database_.totals.insert_or_assign(net_[i].first, totals_[i]);
  }
  for (const MemoryTaken& taken : replaced_) {
    enter_taken(database_, taken, {commit_.flow, commit_.now});
  }
  for (const auto& [key, amount] : history_) {
    database_.history.insert_or_assign(key, amount);
  }
  database_.batches += control_;
  for (const UnitOutcome& outcome : commit_.units) {
    mark_done(outcome);
  }
  Receipt receipt{.keys = net_.size()};
  for (const auto& [sequence, row] : rows_) {
    MemoryFile& file = database_.files.at(sequence);
    file.row = row;
    if (all_done(row)) {
      receipt.finished.push_back(finish(file));
    }
  }
  return receipt;
}

void CommitSteps::mark_done(const UnitOutcome& outcome) {
  UnitRow& unit = *find_unit(database_.files.at(outcome.id.file), outcome.id);
  unit.state = UnitState::done;
  unit.counts = outcome.counts;
  unit.sum = outcome.sum;
  unit.digest = outcome.digest;
  for (const Reject& reject : outcome.rejects) {
    database_.rejects.insert_or_assign({outcome.id.file, outcome.id.number, reject.line_in_unit},
                                       MemoryReject{.reject = reject, .line = std::nullopt});
  }
}

void CommitSteps::resolve_lines(const MemoryFile& file) {
  const auto before = lines_before_units(file.units);
  const auto first = database_.rejects.lower_bound({file.row.sequence, 0, 0});
  const auto last = database_.rejects.lower_bound({file.row.sequence + 1, 0, 0});
  for (auto at = first; at != last; ++at) {
    const auto unit = static_cast<std::size_t>(std::get<1>(at->first));
    at->second.line = before.at(unit) + at->second.reject.line_in_unit;
  }
}

std::string CommitSteps::earlier_copy(const MemoryFile& file) {
  const std::pair bytes(file.row.token.size, file.row.digest);
  for (const FileSequence sequence : database_.finished[bytes]) {
    const MemoryFile* const other = database_.known(file.flow, sequence);
    if (other != nullptr && other != &file && other->row.state == FileState::done &&
        std::pair(other->row.token.size, other->row.digest) == bytes) {
      return other->row.path;
    }
  }
  return "";
}

// All units are done: the rejects get their lines, the unit rows are dropped.
FinishedFile CommitSteps::finish(MemoryFile& file) {
  resolve_lines(file);
  file.units.clear();
  file.row.state = FileState::done;
  file.row.finished_at = commit_.now;
  FinishedFile finished{
      .file = file.row.sequence, .path = file.row.path, .duplicate_of = earlier_copy(file)};
  database_.finished[{file.row.token.size, file.row.digest}].insert(file.row.sequence);
  return finished;
}

}  // namespace

Result<Receipt> commit_to(MemoryDatabase& database, const MemoryCommit& commit) {
  CommitSteps steps(database, commit);
  TRY(steps.look());
  return steps.change();
}

}  // namespace weir
