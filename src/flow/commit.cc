// SPDX-License-Identifier: Apache-2.0
#include "flow/commit.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "flow/events.h"
#include "flow/quarantine.h"

namespace weir {
namespace {

constexpr int conflicts_max = 10;  // of one unit that is pending all the same

// Rows are locked in this order, by every writer.
void sort_by_unit(LiveBatch& batch) {
  std::map<UnitId, std::pair<OfferedUnit, UnitOutcome>> sorted;
  for (std::size_t i = 0; i < batch.units.size(); ++i) {
    CHECK(batch.units[i].id == batch.outcomes[i].id);
    batch.outcomes[i].entry_mark = entry_mark_of(batch.units[i].file->row);
    const auto [at, fresh] = sorted.try_emplace(batch.units[i].id, std::move(batch.units[i]),
                                                std::move(batch.outcomes[i]));
    CHECK(fresh);
  }
  batch.units.clear();
  batch.outcomes.clear();
  for (auto& [id, pair] : sorted) {
    batch.units.push_back(std::move(pair.first));
    batch.outcomes.push_back(std::move(pair.second));
  }
}

std::uint64_t stored_bytes(const std::vector<OfferedUnit>& units) {
  std::uint64_t bytes = 0;
  for (const OfferedUnit& unit : units) {
    bytes += unit.range.end - unit.range.begin;
  }
  return bytes;
}

}  // namespace

Result<void> BatchCommitter::commit(std::unique_ptr<LiveBatch> batch) {
  auto result = try_commit(batch);
  if (batch) {  // not folded again
    options_.dispatch.settled(std::move(batch));
  }
  return result;
}

Result<void> BatchCommitter::try_commit(std::unique_ptr<LiveBatch>& batch) {
  if (batch->spoilt) {
    fold_again(batch, std::move(batch->units));
    return {};
  }
  if (batch->units.empty()) {
    return {};
  }
  sort_by_unit(*batch);
  TRY_ASSIGN(SumCursor* const partial, batch->fold->finish());
  Retry retry(options_.machine, options_.stop);
  int attempts = 0;
  const Nanoseconds begun = options_.machine.clock.monotonic();
  auto receipt = retry([&] {
    ++attempts;
    return options_.store.committer().commit({.units = batch->outcomes, .partial = *partial});
  });
  counts_.took += options_.machine.clock.monotonic() - begun;
  if (receipt) {
    account(*batch, *receipt);
    return {};
  }
  switch (receipt.error().kind) {
    case ErrorKind::conflict:
      return sort_out(batch, attempts > 1);
    case ErrorKind::invalid:
      return does_not_fit(batch, receipt.error());
    case ErrorKind::unavailable:
    case ErrorKind::corrupt:
      break;
  }
  return std::move(receipt).error().within("commit " + std::to_string(batch->units.size()) +
                                           " units, the first of " +
                                           escaped(batch->units.front().file->path));
}

// Some units are done already: by another process, or by our own attempt whose reply was lost.
Result<void> BatchCommitter::sort_out(std::unique_ptr<LiveBatch>& batch, bool outcome_was_unknown) {
  std::vector<OfferedUnit> open;
  for (OfferedUnit& unit : batch->units) {
    TRY_ASSIGN(const bool pending, still_pending(unit));
    if (pending) {
      open.push_back(unit);
      if (++open.back().attempts > conflicts_max) {
        return Error{ErrorKind::corrupt,
                     "the store refuses units that its ledger has as pending (" +
                         escaped(unit.file->path) + "): run weir verify"};
      }
    } else {
      counted(unit.id);
    }
  }
  if (open.empty()) {
    if (outcome_was_unknown) {
      account(*batch, {.keys = batch->fold->keys()});
    }
    return {};
  }
  fold_again(batch, std::move(open));
  return {};
}

Result<bool> BatchCommitter::still_pending(const OfferedUnit& unit) {
  Ledger& ledger = options_.store.ledger();
  Retry retry(options_.machine, options_.stop);
  const FileIdentity& identity = unit.file->row.identity;
  TRY_ASSIGN(const auto rows, retry([&] { return ledger.find({&identity, 1}); }));
  if (!rows.front() || rows.front()->state != FileState::pending ||
      rows.front()->sequence != unit.id.file || rows.front()->epoch != unit.id.epoch ||
      entry_mark_of(*rows.front()) != entry_mark_of(unit.file->row)) {
    return false;  // where the ledger fell back, a scan finds the file again
  }
  const auto units = retry([&] { return ledger.units(unit.file->row); });
  if (!units && units.error().kind == ErrorKind::conflict) {
    return false;
  }
  if (!units) {
    return units.error();
  }
  return std::any_of(units->begin(), units->end(), [&](const UnitRow& row) {
    return row.id == unit.id && row.state == UnitState::pending;
  });
}

// A sum is too large for its column: find the unit that makes it so, and set its file aside.
Result<void> BatchCommitter::does_not_fit(std::unique_ptr<LiveBatch>& batch, const Error& error) {
  if (batch->units.size() > 1) {
    fold_again(batch, std::move(batch->units));
    return {};
  }
  const OfferedFile& file = *batch->units.front().file;
  return options_.set_aside.put(file.row, file.path, std::string(cause::too_large) + error.message);
}

void BatchCommitter::counted(const UnitId& unit) {
  if (options_.shares != nullptr) {
    options_.shares->counted(unit);
  }
}

void BatchCommitter::fold_again(std::unique_ptr<LiveBatch>& batch, std::vector<OfferedUnit> units) {
  options_.progress.bytes_read -= stored_bytes(units);
  options_.dispatch.again(std::move(batch), std::move(units));
}

void BatchCommitter::account(const LiveBatch& batch, const Receipt& receipt) {
  ++counts_.commits;
  counts_.keys += receipt.keys;
  counts_.bytes += stored_bytes(batch.units);
  counts_.bytes_spilled += batch.fold->bytes_spilled();
  counts_.files_finished += receipt.finished.size();
  for (const UnitOutcome& outcome : batch.outcomes) {
    counts_.counts += outcome.counts;
    options_.progress.lines_done += outcome.counts.lines();
  }
  for (const OfferedUnit& unit : batch.units) {
    if (options_.poison != nullptr) {
      options_.poison->forget(matter_of(unit.file->row, unit.id));
    }
    counted(unit.id);
  }
  if (options_.settled) {
    options_.settled(receipt);
  }
  for (const FinishedFile& file : receipt.finished) {
    ++options_.progress.files_done;
    if (!file.duplicate_of.empty()) {
      options_.notes(
          {.severity = Severity::warning,
           .event = event::file_duplicate,
           .text = escaped(file.path) + " holds the same bytes as " + escaped(file.duplicate_of) +
                   "; both are counted (source.identity = \"content\" "
                   "counts such files once)",
           .fields = {{field::path, file.path}, {field::duplicate_of, file.duplicate_of}}});
    }
  }
}

}  // namespace weir
