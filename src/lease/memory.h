// SPDX-License-Identifier: Apache-2.0
// Leases within one process: for the simulation, and as the reference of the contract.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/tasks.h"
#include "lease/lease.h"

namespace weir {

// Where the leases are: outlives the handles on it, as a server outlives its clients.
class MemoryLeaseTable;
std::shared_ptr<MemoryLeaseTable> memory_lease_table(Clock& clock, Tasks& tasks);

void flush(MemoryLeaseTable& table);  // as a server that lost its memory
// What somebody else put in the place of a lease.
void put_foreign(MemoryLeaseTable& table, const std::string& flow, const LeaseName& name);

std::unique_ptr<Leases> memory_leases(std::shared_ptr<MemoryLeaseTable> table,
                                      const LeaseHolder& holder);

}  // namespace weir
