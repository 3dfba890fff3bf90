// SPDX-License-Identifier: Apache-2.0
// A store in memory, with every rule of the contract: for simulation, and as the reference that the
// conformance suite holds the other stores against.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/tasks.h"
#include "model/flow.h"
#include "store/store.h"

namespace weir {

// The database: outlives the handles on it, as a server outlives its clients.
class MemoryDatabase;
std::shared_ptr<MemoryDatabase> memory_database(KeyKind key);

// Another database, as this one is now: a replica that lags from now on, or a backup.
std::shared_ptr<MemoryDatabase> copy_of(MemoryDatabase& database);

// Values that stand in the table before weir comes; before the first prepare().
void put_total(MemoryDatabase& database, const std::string& consumer, Int128 amount);

// A handle for one flow. Amounts are int64 columns, as SQLite's are.
std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDatabase> database, Clock& clock,
                                         Tasks& tasks, const std::string& flow,
                                         StoreSettings::Keep keep = StoreSettings::Keep::totals);

}  // namespace weir
