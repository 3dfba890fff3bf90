// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb.h"

#include <functional>
#include <utility>

#include "store/mariadb_database.h"
#include "store/sql_leases.h"
#include "store/sql_store.h"

namespace weir {
namespace {

SqlTarget target_of(const MariadbStoreOptions& options, const MariadbPlace& place) {
  return {.place = place.shown(),
          .init = "weir init --into " + place.shown(),
          .access = options.access,
          .flow = options.flow,
          .key = options.key,
          .settings = options.settings};
}

std::function<Result<std::unique_ptr<SqlConnection>>()> connector(
    const MariadbStoreOptions& options, const MariadbPlace& place) {
  const MariadbDatabase::Options how = {
      .place = place,
      .demand = {.writes = options.access == StoreAccess::write, .durability = options.durability},
      .waits = {.connect = options.connect_wait,
                .reply = options.reply_wait,
                .lock = options.lock_wait,
                .idle = options.idle_wait}};
  return [how]() -> Result<std::unique_ptr<SqlConnection>> {
    TRY_ASSIGN(auto database, MariadbDatabase::open(how));
    return std::unique_ptr<SqlConnection>(std::move(database));
  };
}

}  // namespace

// One that writes reads from where it writes, too: a replica may lag behind.
Result<std::unique_ptr<Store>> open_mariadb_store(Clock& clock,
                                                  const MariadbStoreOptions& options) {
  TRY_ASSIGN(const MariadbPlace place, mariadb_place(options.url));
  const auto connect = connector(options, place);
  return open_sql_store(clock, {.target = target_of(options, place),
                                .connect = [connect](auto) { return connect(); }});
}

Result<std::unique_ptr<Leases>> mariadb_leases(Clock& clock, const MariadbStoreOptions& options,
                                               const LeaseHolder& holder) {
  TRY_ASSIGN(const MariadbPlace place, mariadb_place(options.url));
  return sql_leases(clock, {.connect = connector(options, place), .holder = holder});
}

}  // namespace weir
