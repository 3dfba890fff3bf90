// SPDX-License-Identifier: Apache-2.0
#include "store/memory_take_back.h"

#include <utility>

#include "base/text.h"
#include "store/correction_rules.h"

namespace weir {
namespace {

void remove_contribution(MemoryDatabase& database, FileSequence file) {
  std::erase_if(database.history,
                [file](const auto& row) { return std::get<2>(row.first) == file; });
  std::erase_if(database.rejects,
                [file](const auto& row) { return std::get<0>(row.first) == file; });
}

}  // namespace

Result<MemoryTaken> find_contribution(const MemoryDatabase& database, const FileRow& file) {
  TRY(check_revocable(file));
  MemoryTaken taken{.file = file};
  if (!contributes(file)) {
    return taken;
  }
  for (const auto& [key, amount] : database.history) {
    if (std::get<2>(key) == file.sequence) {
      taken.sums.emplace_back(std::get<0>(key), -Int128{amount});
    }
  }
  taken.control = control_of(taken.sums, database.key);
  if (-taken.control.amount != file.sum) {
    return Error{ErrorKind::corrupt,
                 "the history of " + escaped(file.path) + " is not its sum: run weir verify"};
  }
  return taken;
}

Correction enter_correction(MemoryDatabase& database, Correction correction) {
  correction.number = database.corrections.empty() ? 1 : database.corrections.back().number + 1;
  database.corrections.push_back(correction);
  return correction;
}

Correction enter_taken(MemoryDatabase& database, const MemoryTaken& taken,
                       const MemoryMoment& moment) {
  const FileSequence file = taken.file.sequence;
  database.batches += taken.control;
  if (contributes(taken.file)) {
    remove_contribution(database, file);
  }
  if (!taken.is_version) {
    MemoryFile& found = database.files.at(file);
    found.units.clear();
    revoke_row(found.row, taken.why);
  }
  return enter_correction(database, {.at = moment.now,
                                     .flow = moment.flow,
                                     .action = taken.action,
                                     .file = file,
                                     .path = taken.file.path,
                                     .why = taken.why,
                                     .keys = taken.sums.size(),
                                     .amount = taken.control.amount});
}

Result<Correction> take_back(MemoryDatabase& database, const MemoryTaken& taken,
                             const MemoryMoment& moment) {
  TRY_ASSIGN(const auto totals, new_totals(database, taken.sums));
  for (std::size_t i = 0; i < totals.size(); ++i) {
    database.totals.insert_or_assign(taken.sums[i].first, totals[i]);
  }
  return enter_taken(database, taken, moment);
}

Result<void> settle_replacement(MemoryDatabase& database, FileRow& row,
                                const MemoryMoment& moment) {
  if (row.state != FileState::done || row.replaces == 0) {
    return {};
  }
  if (holds_old_version(row)) {
    TRY_ASSIGN(auto taken, find_contribution(database, row));
    taken.is_version = true;
    taken.why = new_version;
    TRY(take_back(database, taken, moment));
    begin_counting(row, true);
    return {};
  }
  const MemoryFile* const other = database.known(moment.flow, row.replaces);
  if (other != nullptr && other->row.state != FileState::revoked) {
    TRY_ASSIGN(auto taken, find_contribution(database, other->row));
    taken.why = replaced_by(row);
    TRY(take_back(database, taken, moment));
  }
  row.replaces = 0;
  return {};
}

}  // namespace weir
