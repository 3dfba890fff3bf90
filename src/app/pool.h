// SPDX-License-Identifier: Apache-2.0
// The pool of the flow: its leases, and who works in it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/system.h"
#include "base/result.h"
#include "flow/report.h"
#include "lease/lease.h"
#include "model/flow.h"

namespace weir {

// Whether the settings make a pool that gives one answer; `invalid` says what is missing.
Result<void> check_pool(const FlowSettings& settings);

// nullptr: the flow has none. In Redis, and in the store while that does not answer, which is
// noted; or in the store alone. Borrows the system and the notes.
Result<std::unique_ptr<Leases>> open_leases(System& system, const FlowSettings& settings,
                                            const Notes& notes);

struct PoolWorker {
  std::string name;      // "host:1234"
  std::size_t held = 0;  // units
};

struct PoolStatus {
  std::vector<PoolWorker> workers;  // by name; those that hold something
  std::string trouble;              // why Redis, or the store, does not answer; empty: it does
};
PoolStatus pool_status(System& system, const FlowSettings& settings);
std::string pool_sentence(const PoolStatus& status);

}  // namespace weir
