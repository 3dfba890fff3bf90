// SPDX-License-Identifier: Apache-2.0
// History and Corrections of a memory database. Under the mutex. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "store/memory_database.h"
#include "store/memory_take_back.h"

namespace weir {

Result<std::vector<HistoryRow>> history_of_consumer(const MemoryDatabase& database,
                                                    const HistoryQuery& query);
Result<std::vector<PeriodSum>> history_by_period(const MemoryDatabase& database,
                                                 const PeriodQuery& query);
// What does not hold in it, a sentence each.
std::vector<std::string> history_faults(const MemoryDatabase& database);

Result<Correction> revoke_file(MemoryDatabase& database, const MemoryMoment& moment,
                               const SeenFile& file, const std::string& why);

struct MemoryRollUp {
  Nanoseconds before = 0;
  Period into = Period::day;
  std::uint64_t rows_max = 0;
};
Result<RolledUp> roll_up_history(MemoryDatabase& database, const MemoryRollUp& order);

Correction rebase_books(MemoryDatabase& database, const MemoryMoment& moment,
                        const std::string& why);
Correction forget_files(MemoryDatabase& database, const MemoryMoment& moment,
                        Nanoseconds finished_before);

}  // namespace weir
