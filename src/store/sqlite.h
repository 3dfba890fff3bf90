// SPDX-License-Identifier: Apache-2.0
// The embedded store: one SQLite database, one writing process at a time.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "model/flow.h"
#include "store/store.h"

namespace weir {

struct SqliteStoreOptions {
  std::string path;
  StoreAccess access = StoreAccess::write;
  std::string flow = "usage";
  KeyKind key = KeyKind::integer;
  StoreSettings settings;                 // table and columns
  Nanoseconds busy_wait = 2'000'000'000;  // for another program that holds SQLite's own lock
  int checkpoint_pages = 1000;            // of the log, before they are written back: 32 MB
};

// write: creates the file where neither it nor its marker `PATH.weir` is there, and holds the lock
// of the marker until destroyed. `conflict`: another process writes. read: opens what is there,
// beside a writer or not; `invalid` with ENOENT where there is none. `corrupt`: the marker is there
// and the database is not (both are named), or the file is not a whole database. `invalid`: on a
// network file system. Borrows the clock. Call schema().prepare() before writing.
Result<std::unique_ptr<Store>> open_sqlite_store(Clock& clock, const SqliteStoreOptions& options);

}  // namespace weir
