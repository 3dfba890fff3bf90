// SPDX-License-Identifier: Apache-2.0
#include "store/memory_corrections.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "store/correction_rules.h"
#include "store/period_sums.h"
#include "store/rules.h"

namespace weir {
namespace {

Result<void> check_kept(const MemoryDatabase& database) {
  return database.keeps_history ? Result<void>() : no_history("of totals");
}

Result<std::string> key_of(const MemoryDatabase& database, const std::string& consumer) {
  SumEntry entry{.text = consumer};
  if (database.key == KeyKind::integer) {
    TRY_ASSIGN(const std::int64_t id, consumer_id(consumer));
    entry = {.id = static_cast<std::uint64_t>(id)};
  }
  return memory_key(entry, database.key);
}

Period period_of(const MemoryHistoryKey& key) {
  const auto period = period_from_name(std::get<3>(key));
  CHECK(period);
  return *period;
}

HistoryRow row_of(const MemoryDatabase& database, const MemoryHistoryKey& key, Int128 amount) {
  const FileSequence file = std::get<2>(key);
  const auto known = database.files.find(file);
  return {.at = wall_of(std::get<1>(key)),
          .file = file,
          .period = period_of(key),
          .path = known == database.files.end() ? "" : known->second.row.path,
          .amount = amount};
}

// Files that another is about to replace.
std::set<FileSequence> replaced_soon(const MemoryDatabase& database) {
  std::set<FileSequence> files;
  for (const auto& [sequence, file] : database.files) {
    const FileState state = file.row.state;
    if (file.row.replaces != 0 &&
        (state == FileState::pending || state == FileState::quarantined)) {
      files.insert(file.row.replaces);
    }
  }
  return files;
}

}  // namespace

Result<std::vector<HistoryRow>> history_of_consumer(const MemoryDatabase& database,
                                                    const HistoryQuery& query) {
  TRY(check_kept(database));
  TRY_ASSIGN(const std::string key, key_of(database, query.consumer));
  MemoryHistoryKey from(key, first_second_from(query.from), 0, "");
  if (query.after) {
    from = {key, seconds_of(query.after->at), query.after->file,
            std::string(name(query.after->period))};
  }
  const Seconds to = first_second_from(query.to);
  std::vector<HistoryRow> rows;
  for (auto at = database.history.upper_bound(from);
       at != database.history.end() && rows.size() < query.rows_max; ++at) {
    if (std::get<0>(at->first) != key || std::get<1>(at->first) >= to) {
      break;
    }
    rows.push_back(row_of(database, at->first, at->second));
  }
  return rows;
}

Result<std::vector<PeriodSum>> history_by_period(const MemoryDatabase& database,
                                                 const PeriodQuery& query) {
  TRY_ASSIGN(const auto rows, history_of_consumer(database, {.consumer = query.consumer,
                                                             .from = query.from,
                                                             .to = query.to,
                                                             .rows_max = UINT64_MAX}));
  PeriodSums sums(query.period);
  for (const HistoryRow& row : rows) {
    TRY(sums.add(row));
  }
  return sums.take();
}

std::vector<std::string> history_faults(const MemoryDatabase& database) {
  HistoryAudit audit;
  audit.expect_forgotten(database.forgotten_history);
  for (const auto& [sequence, file] : database.files) {
    audit.expect(file.row);
  }
  std::map<FileSequence, Int128> by_file;
  for (const auto& [key, amount] : database.history) {
    audit.add_row(std::get<2>(key), amount);
    by_file[std::get<2>(key)] += amount;
  }
  std::vector<std::string> faults;
  if (audit.difference() != 0) {
    faults.push_back(history_fault("totals", audit.difference()));
  }
  for (const auto& [sequence, file] : database.files) {
    if (HistoryAudit::is_compared(file.row) && by_file[sequence] != file.row.sum) {
      faults.push_back(file_history_fault(file.row, by_file[sequence]));
    }
  }
  CHECK(audit.files_agree() || !faults.empty());
  return faults;
}

Result<Correction> revoke_file(MemoryDatabase& database, const MemoryMoment& moment,
                               const SeenFile& file, const std::string& why) {
  TRY_ASSIGN(const MemoryFile* const found, database.named(moment.flow, file));
  if (found->row.state == FileState::revoked) {
    const auto last =
        std::find_if(database.corrections.rbegin(), database.corrections.rend(),
                     [&](const Correction& made) { return made.file == file.sequence; });
    return last == database.corrections.rend() ? Correction{.file = file.sequence} : *last;
  }
  TRY(check_seen(file, found->row));
  TRY_ASSIGN(auto taken, find_contribution(database, found->row));
  taken.action = CorrectionAction::revoke;
  taken.why = why;
  return take_back(database, taken, moment);
}

// It reads from the start at every call: what is merged already counts for nothing.
Result<RolledUp> roll_up_history(MemoryDatabase& database, const MemoryRollUp& order) {
  TRY(check_kept(database));
  CHECK(order.rows_max > 0);
  if (order.into == Period::file) {
    return Error{ErrorKind::invalid, "history is rolled up into hours, days or months"};
  }
  const Seconds cutoff = period_start(order.into, seconds_of(order.before));
  const auto stay = replaced_soon(database);
  RolledUp answer;
  for (auto at = database.history.begin(); at != database.history.end();) {
    const auto [consumer, begin, file, period] = at->first;
    if (begin >= cutoff || period_of(at->first) >= order.into || stay.contains(file)) {
      ++at;
      continue;
    }
    if (answer.rows_read == order.rows_max) {
      answer.more = true;
      break;
    }
    const MemoryHistoryKey to(consumer, period_start(order.into, begin), 0,
                              std::string(name(order.into)));
    const auto there = database.history.find(to);
    const Int128 sum = Int128{there == database.history.end() ? 0 : there->second} + at->second;
    if (!fits_int64(sum)) {
      return sum_does_not_fit(consumer_text(memory_entry(consumer, 0, database.key), database.key),
                              sum - at->second, at->second);
    }
    database.history[to] = static_cast<std::int64_t>(sum);
    at = database.history.erase(at);
    if (const auto known = database.files.find(file); known != database.files.end()) {
      known->second.row.rolled_up = true;
    }
    ++answer.rows_read;
    ++answer.rows_merged;
  }
  return answer;
}

Correction rebase_books(MemoryDatabase& database, const MemoryMoment& moment,
                        const std::string& why) {
  ControlSum base;
  for (const auto& [key, amount] : database.totals) {
    base.add(memory_entry(key, amount, database.key));
  }
  base.amount -= database.batches.amount;
  base.keyed -= database.batches.keyed;
  const ControlSum before = std::exchange(database.base, base);
  if (before == base) {
    return {.action = CorrectionAction::rebase};
  }
  return enter_correction(database, {.at = moment.now,
                                     .flow = moment.flow,
                                     .action = CorrectionAction::rebase,
                                     .why = why,
                                     .keys = database.totals.size(),
                                     .amount = base.amount - before.amount});
}

Correction forget_files(MemoryDatabase& database, const MemoryMoment& moment,
                        Nanoseconds finished_before) {
  const auto stay = replaced_soon(database);
  Correction correction{.at = moment.now,
                        .flow = moment.flow,
                        .action = CorrectionAction::forget,
                        .why = "finished before " + utc_text(finished_before)};
  std::set<FileSequence> gone;
  for (const auto& [sequence, file] : database.files) {
    if (file.flow != moment.flow || !may_be_forgotten(file.row, finished_before) ||
        stay.contains(sequence)) {
      continue;
    }
    gone.insert(sequence);
    ++correction.keys;
    correction.amount += file.row.sum;
    database.forgotten_history += file.row.history ? file.row.sum : 0;
    database.sequences.erase({file.flow, file.row.identity});
  }
  std::erase_if(database.files, [&](const auto& file) { return gone.contains(file.first); });
  std::erase_if(database.rejects,
                [&](const auto& row) { return gone.contains(std::get<0>(row.first)); });
  database.forgotten += correction.amount;
  return gone.empty() ? Correction{.action = CorrectionAction::forget}
                      : enter_correction(database, std::move(correction));
}

}  // namespace weir
