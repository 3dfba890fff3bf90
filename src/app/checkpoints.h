// SPDX-License-Identifier: Apache-2.0
// Which lines of which files are counted, as `file,start_line,end_line`.
#pragma once

#include "app/session.h"
#include "base/result.h"
#include "store/store.h"

namespace weir {

// Lines are known up to the first open unit of a file; what is counted behind it is told to people.
Result<void> write_checkpoints(Session& session, Store& store, bool json);

}  // namespace weir
