// SPDX-License-Identifier: Apache-2.0
#include "store/rules.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "base/check.h"
#include "base/text.h"
#include "store/correction_rules.h"

namespace weir {

FileRow entered_row(const FileEntry& entry, std::int32_t epoch, Nanoseconds now) {
  FileRow row{.identity = entry.identity,
              .path = entry.path,
              .token = entry.token,
              .plan = entry.plan,
              .epoch = epoch,
              .reason = entry.quarantine_reason,
              .accepted_at = now,
              .units = static_cast<std::uint32_t>(entry.units.size()),
              .replaces = entry.replaces};
  if (!entry.quarantine_reason.empty()) {
    row.state = FileState::quarantined;
  } else if (entry.units.empty()) {
    row.state = FileState::done;
    row.finished_at = now;
  }
  return row;
}

std::vector<UnitRow> entered_units(const FileEntry& entry, FileSequence file, std::int32_t epoch) {
  std::vector<UnitRow> rows;
  rows.reserve(entry.units.size());
  for (const ByteRange& range : entry.units) {
    const auto number = static_cast<std::int32_t>(rows.size());
    rows.push_back({.id = {.file = file, .epoch = epoch, .number = number}, .range = range});
  }
  return rows;
}

FileRow replanned_row(const FileRow& row, const FileEntry& entry, Nanoseconds now) {
  FileRow fresh = entered_row(entry, row.epoch + 1, now);
  fresh.sequence = row.sequence;
  fresh.identity = row.identity;
  fresh.accepted_at = row.accepted_at;
  fresh.replaces = entry.replaces != 0 ? entry.replaces : row.replaces;
  return fresh;
}

bool planned_so(const FileRow& row, std::span<const UnitRow> units, const FileEntry& entry) {
  const FileRow wanted = entered_row(entry, row.epoch, row.accepted_at);
  if (row.token != wanted.token || row.plan != wanted.plan || row.state != wanted.state ||
      row.reason != wanted.reason || units.size() != entry.units.size()) {
    return false;
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i].range != entry.units[i]) {
      return false;
    }
  }
  return true;
}

void count_unit(FileRow& row, const UnitOutcome& outcome) {
  ++row.units_done;
  row.counts += outcome.counts;
  row.sum += outcome.sum;
  row.digest += outcome.digest;
  row.final_newline = row.final_newline && outcome.final_newline;
}

bool all_done(const FileRow& row) {
  return row.units_done == row.units;
}

Result<void> check_open(const UnitId& unit, const FileRow* file, std::uint64_t entry_mark) {
  if (file == nullptr) {
    return unit_not_pending(unit, "is not in the ledger");
  }
  if (entry_mark != 0 && entry_mark != entry_mark_of(*file)) {
    return unit_not_pending(
        unit, "was read from what the ledger does not know any more, or knows otherwise");
  }
  if (file->epoch != unit.epoch) {
    return unit_not_pending(unit, "was planned anew, as epoch " + std::to_string(file->epoch));
  }
  if (file->state != FileState::pending) {
    return unit_not_pending(unit, "belongs to a file that is " + std::string(name(file->state)));
  }
  return {};
}

Result<void> check_seen(const SeenFile& seen, const FileRow& row) {
  if (seen.entry_mark != 0 && seen.entry_mark != entry_mark_of(row)) {
    return Error{ErrorKind::conflict, "file " + std::to_string(seen.sequence) +
                                          " is another one now, or was planned anew"};
  }
  return {};
}

void check_ascending(std::span<const UnitOutcome> units) {
  CHECK(!units.empty());
  for (std::size_t i = 1; i < units.size(); ++i) {
    CHECK(units[i - 1].id < units[i].id);
  }
}

Result<void> repin_row(FileRow& row, const VersionToken& token) {
  if (row.token.size != token.size) {
    return Error{ErrorKind::invalid, escaped(row.path) + " has another size: not the same bytes"};
  }
  row.token = token;
  return {};
}

Result<void> settle_row(FileRow& row, FileState state, const std::string& reason, Nanoseconds now) {
  CHECK(state != FileState::done && state != FileState::revoked);
  if (state == FileState::pending && row.units == 0 && row.token.size > 0) {
    return Error{ErrorKind::invalid, escaped(row.path) + " has no units; plan it anew"};
  }
  row.state = state;
  row.reason = state == FileState::pending ? "" : reason;
  if (state == FileState::pending && all_done(row)) {
    row.state = FileState::done;
    row.finished_at = row.finished_at == 0 ? now : row.finished_at;
  }
  return {};
}

namespace {

// Units tile their file: every byte belongs to exactly one.
bool tiles(const FileRow& row, std::span<const UnitRow> units) {
  std::uint64_t at = 0;
  std::int32_t number = 0;
  for (const UnitRow& unit : units) {
    if (unit.id.shard != 0) {
      continue;  // shards share the range of their unit
    }
    if (unit.id.number != number++ || unit.range.begin != at ||
        unit.range.end <= unit.range.begin) {
      return false;
    }
    at = unit.range.end;
  }
  return units.empty() || at == row.token.size;
}

// A row that holds the sums of an old version has none of its pending units'.
bool sums_agree(const FileRow& row, std::span<const UnitRow> units) {
  if (holds_old_version(row)) {
    return std::all_of(units.begin(), units.end(),
                       [](const UnitRow& unit) { return unit.state == UnitState::pending; });
  }
  FileRow found{.units = row.units};
  for (const UnitRow& unit : units) {
    if (unit.state == UnitState::done && found.units_done < found.units) {
      count_unit(found, {.counts = unit.counts, .sum = unit.sum, .digest = unit.digest});
    }
  }
  return found.units_done == row.units_done && found.counts == row.counts && found.sum == row.sum &&
         found.digest == row.digest;
}

}  // namespace

std::vector<std::string> ledger_faults(const FileRow& row, std::span<const UnitRow> units) {
  const std::string who = "file " + std::to_string(row.sequence) + " (" + escaped(row.path) + ")";
  std::vector<std::string> faults;
  if (units.empty() && all_done(row)) {  // folded into its row
    if (row.state == FileState::pending) {
      faults.push_back(who + " is pending, and all of its units are done");
    }
    if (row.state == FileState::revoked && (row.sum != 0 || row.counts != LineCounts{})) {
      faults.push_back(who + " is revoked, and its row still holds what it added");
    }
    return faults;
  }
  if (row.state == FileState::revoked) {
    faults.push_back(who + " is revoked, and still has units");
  }
  if (row.state == FileState::done) {
    faults.push_back(who + " is done, and not all of its units are");
  }
  if (units.size() != row.units) {
    faults.push_back(who + " has " + std::to_string(units.size()) + " units, its plan " +
                     std::to_string(row.units));
  }
  if (!tiles(row, units)) {
    faults.push_back("the units of " + who + " leave a gap or overlap");
  }
  if (!sums_agree(row, units)) {
    faults.push_back("the row of " + who + " is not the sum of its done units");
  }
  return faults;
}

std::vector<std::uint64_t> lines_before_units(std::span<const UnitRow> units) {
  std::vector<std::uint64_t> before;
  std::uint64_t lines = 0;
  for (const UnitRow& unit : units) {
    if (unit.id.shard != 0) {
      continue;  // lines are counted in the first shard
    }
    before.push_back(lines);
    if (unit.state != UnitState::done) {
      break;
    }
    lines += unit.counts.lines();
  }
  return before;
}

bool matches(const FileQuery& query, const FileRow& row) {
  const auto among = [](const auto& all, const auto& one) {
    return all.empty() || std::find(all.begin(), all.end(), one) != all.end();
  };
  return among(query.states, row.state) && among(query.among, row.sequence) &&
         (!query.release || row.release == *query.release) &&
         (!query.finished_before ||
          (row.finished_at != 0 && row.finished_at < *query.finished_before));
}

std::string consumer_text(const SumEntry& entry, KeyKind key) {
  return key == KeyKind::text ? std::string(entry.text)
                              : std::to_string(static_cast<std::int64_t>(entry.id));
}

Result<std::int64_t> consumer_id(std::string_view consumer) {
  std::int64_t id = 0;
  const char* const end = consumer.data() + consumer.size();
  const auto [at, code] = std::from_chars(consumer.data(), end, id);
  if (consumer.empty() || code != std::errc() || at != end) {
    return Error{ErrorKind::invalid, "'" + escaped(consumer, 64) +
                                         "' is no consumer: keys are numbers from 0 to "
                                         "9223372036854775807 here"};
  }
  return id;
}

Error unit_not_pending(const UnitId& unit, std::string_view why) {
  return {ErrorKind::conflict, "unit " + std::to_string(unit.number) + " of file " +
                                   std::to_string(unit.file) + " (epoch " +
                                   std::to_string(unit.epoch) + ") " + std::string(why)};
}

// Of one that was seen: the ledger fell back.
Error no_such_file(const SeenFile& file) {
  return {file.entry_mark == 0 ? ErrorKind::invalid : ErrorKind::conflict,
          "file " + std::to_string(file.sequence) + " is not in the ledger"};
}

Error some_unit_done(FileSequence file) {
  return {ErrorKind::conflict,
          "file " + std::to_string(file) + " is counted in part; its plan stays"};
}

Error sum_does_not_fit(std::string_view consumer, Int128 stored, Int128 added) {
  return {ErrorKind::invalid, "consumer " + escaped(consumer, 64) + ": " + to_text(stored) +
                                  " stored and " + to_text(added) +
                                  " to add do not fit a 64-bit column"};
}

Error partial_is_not_its_units(Int128 partial, Int128 units) {
  return {ErrorKind::corrupt, "the partial sums up to " + to_text(partial) + ", its units to " +
                                  to_text(units) + "; nothing of it was added"};
}

}  // namespace weir
