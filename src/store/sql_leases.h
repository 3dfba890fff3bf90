// SPDX-License-Identifier: Apache-2.0
// Leases in a table of the database (weir_lease), by the server's clock. They cost a statement or
// two each where Redis would take a message; a pool needs no further server for them. Private to
// this folder.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "lease/lease.h"
#include "store/sql.h"

namespace weir {

struct SqlLeaseOptions {
  std::function<Result<std::unique_ptr<SqlConnection>>()> connect;
  LeaseHolder holder;
};

// Connects when it is first asked. Borrows the clock.
std::unique_ptr<Leases> sql_leases(Clock& clock, SqlLeaseOptions options);

}  // namespace weir
