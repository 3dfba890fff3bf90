// SPDX-License-Identifier: Apache-2.0
// The store on PostgreSQL, from version 15: any number of processes write to it beside each other.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "lease/lease.h"
#include "model/flow.h"
#include "store/store.h"

namespace weir {

struct PostgresStoreOptions {
  std::string url;  // postgresql://…, as libpq reads it: several hosts, TLS, search_path and all
  StoreAccess access = StoreAccess::write;
  std::string flow = "usage";
  KeyKind key = KeyKind::integer;
  StoreSettings settings;                    // table and columns
  Nanoseconds reply_wait = 300'000'000'000;  // for the answer to one statement
  Nanoseconds lock_wait = 60'000'000'000;    // for another transaction's locks
  Nanoseconds idle_wait = 20'000'000'000;    // then the server ends a transaction that is left open
  std::uint64_t copy_above_rows = 10'000;    // a larger partial goes in by COPY, in turns
};

// Connects. write: to the primary. `unavailable`: nobody answers, or not now. `invalid`: refused by
// the server, or settings of the server under which a commit may be lost; the message says what to
// do. Borrows the clock. Call schema().prepare() before writing.
Result<std::unique_ptr<Store>> open_postgres_store(Clock& clock,
                                                   const PostgresStoreOptions& options);

// Leases in a table of the same database, which open_postgres_store's schema().prepare() makes. Of
// the options it takes the URL and the waits, which bound each call. Connects when it is first
// asked. Borrows the clock.
std::unique_ptr<Leases> postgres_leases(Clock& clock, const PostgresStoreOptions& options,
                                        const LeaseHolder& holder);

// The URL without its password, for people.
std::string postgres_place(const std::string& url);

}  // namespace weir
