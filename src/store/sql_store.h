// SPDX-License-Identifier: Apache-2.0
// A store on a server that speaks SQL. Private to this folder.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "store/sql_engine.h"
#include "store/store.h"

namespace weir {

// Connects once, so that a mistake in the address shows at once. Connections are made as needed:
// one writes, and another reads beside it. Borrows the clock.
Result<std::unique_ptr<Store>> open_sql_store(
    Clock& clock, const SqlTarget& target,
    const std::function<Result<std::unique_ptr<SqlConnection>>()>& connect);

}  // namespace weir
