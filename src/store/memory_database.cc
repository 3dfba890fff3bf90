// SPDX-License-Identifier: Apache-2.0
// A commit looks at everything that can be refused first, and then changes everything: so that it
// is whole or not at all, without a way back.
#include "store/memory_database.h"

#include <algorithm>

#include "base/check.h"
#include "store/rules.h"

namespace weir {
namespace {

constexpr std::uint64_t sign = 1ULL << 63;  // flipped, so that negative numbers sort first

UnitRow* find_unit(MemoryFile& file, const UnitId& id) {
  const auto at =
      std::lower_bound(file.units.begin(), file.units.end(), id,
                       [](const UnitRow& row, const UnitId& to) { return row.id < to; });
  return at == file.units.end() || at->id != id ? nullptr : &*at;
}

Result<void> check_pending(MemoryDatabase& database, const std::string& flow, const UnitId& id) {
  MemoryFile* const file = database.known(flow, id.file);
  TRY(check_open(id, file == nullptr ? nullptr : &file->row));
  const UnitRow* const unit = find_unit(*file, id);
  if (unit == nullptr || unit->state != UnitState::pending) {
    return unit_not_pending(id, "is done already");
  }
  return {};
}

ControlSum control_of(const MemorySums& sums, KeyKind key) {
  ControlSum control;
  for (const auto& [bytes, sum] : sums) {
    control.add(memory_entry(bytes, sum, key));
  }
  return control;
}

// The new total of every key.
Result<std::vector<std::int64_t>> new_totals(const MemoryDatabase& database,
                                             const MemorySums& sums) {
  std::vector<std::int64_t> totals;
  totals.reserve(sums.size());
  for (const auto& [key, sum] : sums) {
    const auto at = database.totals.find(key);
    const Int128 stored = at == database.totals.end() ? 0 : at->second;
    if (!fits_int64(sum) || !fits_int64(stored + sum)) {
      return sum_does_not_fit(consumer_text(memory_entry(key, sum, database.key), database.key),
                              stored, sum);
    }
    totals.push_back(static_cast<std::int64_t>(stored + sum));
  }
  return totals;
}

void mark_done(MemoryDatabase& database, MemoryFile& file, const UnitOutcome& outcome) {
  UnitRow& unit = *find_unit(file, outcome.id);
  unit.state = UnitState::done;
  unit.counts = outcome.counts;
  unit.sum = outcome.sum;
  unit.digest = outcome.digest;
  count_unit(file.row, outcome);
  for (const Reject& reject : outcome.rejects) {
    database.rejects.insert_or_assign({outcome.id.file, outcome.id.number, reject.line_in_unit},
                                      MemoryReject{.reject = reject, .line = std::nullopt});
  }
}

void resolve_lines(MemoryDatabase& database, const MemoryFile& file) {
  const auto before = lines_before_units(file.units);
  const auto first = database.rejects.lower_bound({file.row.sequence, 0, 0});
  const auto last = database.rejects.lower_bound({file.row.sequence + 1, 0, 0});
  for (auto at = first; at != last; ++at) {
    const auto unit = static_cast<std::size_t>(std::get<1>(at->first));
    at->second.line = before.at(unit) + at->second.reject.line_in_unit;
  }
}

std::string earlier_copy(MemoryDatabase& database, const MemoryFile& file) {
  for (const FileSequence sequence : database.finished[{file.row.token.size, file.row.digest}]) {
    const MemoryFile* const other = database.known(file.flow, sequence);
    if (other != nullptr && other != &file && other->row.state == FileState::done) {
      return other->row.path;
    }
  }
  return "";
}

// All units are done: the rejects get their lines, the unit rows are dropped.
FinishedFile finish(MemoryDatabase& database, MemoryFile& file, Nanoseconds now) {
  resolve_lines(database, file);
  file.units.clear();
  file.row.state = FileState::done;
  file.row.finished_at = now;
  FinishedFile finished{.file = file.row.sequence,
                        .path = file.row.path,
                        .duplicate_of = earlier_copy(database, file)};
  database.finished[{file.row.token.size, file.row.digest}].insert(file.row.sequence);
  return finished;
}

}  // namespace

std::string memory_key(const SumEntry& entry, KeyKind key) {
  if (key == KeyKind::text) {
    return std::string(entry.text);
  }
  std::string bytes(8, '\0');
  std::uint64_t rest = entry.id ^ sign;
  for (std::size_t i = bytes.size(); i-- > 0; rest >>= 8) {
    bytes[i] = static_cast<char>(rest & 255);
  }
  return bytes;
}

SumEntry memory_entry(const std::string& key, Int128 sum, KeyKind kind) {
  if (kind == KeyKind::text) {
    return {.text = key, .sum = sum};
  }
  std::uint64_t id = 0;
  for (const char byte : key) {
    id = id << 8 | static_cast<unsigned char>(byte);
  }
  return {.id = id ^ sign, .text = {}, .sum = sum};
}

MemoryFile* MemoryDatabase::known(const std::string& flow, FileSequence file) {
  const auto at = files.find(file);
  return at == files.end() || at->second.flow != flow ? nullptr : &at->second;
}

Result<MemorySums> read_sums(SumCursor& partial) {
  MemorySums sums;
  TRY(partial.rewind());
  for (;;) {
    TRY_ASSIGN(const auto entries, partial.next());
    if (entries.empty()) {
      return sums;
    }
    for (const SumEntry& entry : entries) {
      sums.emplace_back(memory_key(entry, partial.key_kind()), entry.sum);
    }
  }
}

Result<Receipt> commit_to(MemoryDatabase& database, const MemoryCommit& commit) {
  check_ascending(commit.units);
  Int128 of_units = 0;
  for (const UnitOutcome& outcome : commit.units) {
    TRY(check_pending(database, commit.flow, outcome.id));
    of_units += outcome.sum;
  }
  const ControlSum control = control_of(commit.sums, database.key);
  if (control.amount != of_units) {
    return partial_is_not_its_units(control.amount, of_units);
  }
  TRY_ASSIGN(const auto totals, new_totals(database, commit.sums));

  for (std::size_t i = 0; i < totals.size(); ++i) {
    database.totals.insert_or_assign(commit.sums[i].first, totals[i]);
  }
  database.batches += control;
  Receipt receipt{.keys = commit.sums.size()};
  for (const UnitOutcome& outcome : commit.units) {
    MemoryFile& file = *database.known(commit.flow, outcome.id.file);
    mark_done(database, file, outcome);
    if (all_done(file.row)) {
      receipt.finished.push_back(finish(database, file, commit.now));
    }
  }
  return receipt;
}

}  // namespace weir
