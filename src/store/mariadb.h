// SPDX-License-Identifier: Apache-2.0
// A store on a MariaDB or MySQL server.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "lease/lease.h"
#include "model/flow.h"
#include "store/store.h"

namespace weir {

struct MariadbStoreOptions {
  enum class Durability {
    full,     // a commit is on the server's disk when it is answered
    relaxed,  // as the server is set up: commits may be lost with a crash of its machine
  };
  std::string url;  // see mariadb_url.h, and docs/file-formats.md
  StoreAccess access = StoreAccess::write;
  std::string flow = "usage";
  KeyKind key = KeyKind::integer;
  StoreSettings settings;  // table and columns
  Durability durability = Durability::full;
  Nanoseconds connect_wait = 10'000'000'000;  // for each host
  Nanoseconds reply_wait = 120'000'000'000;   // for the network: what is silent for so long is lost
  Nanoseconds lock_wait = 50'000'000'000;     // for rows and tables that others hold
  Nanoseconds idle_wait = 20'000'000'000;     // then MariaDB ends a transaction that is left open
};

// Connects to the first host that will do. `invalid`: the URL, the rights, or how the server is set
// up; the message says what to do. `unavailable`: none answers, or none takes writes. Connections
// that are lost are made anew, to whichever host will do then. Several processes, on any machines,
// may write at a time. Borrows the clock. Call schema().prepare() before writing.
Result<std::unique_ptr<Store>> open_mariadb_store(Clock& clock, const MariadbStoreOptions& options);

// Leases in a table of the same database, which open_mariadb_store's schema().prepare() makes. Of
// the options it takes the URL and the waits, which bound each call. Connects when it is first
// asked. `invalid`: the URL. Borrows the clock.
Result<std::unique_ptr<Leases>> mariadb_leases(Clock& clock, const MariadbStoreOptions& options,
                                               const LeaseHolder& holder);

}  // namespace weir
