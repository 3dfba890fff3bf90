// SPDX-License-Identifier: Apache-2.0
#include "store/postgres.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "store/postgres_error.h"
#include "store/postgres_parts.h"
#include "store/sql_leases.h"
#include "store/sql_parts.h"
#include "store/sql_store.h"

namespace weir {
namespace {

SqlTarget target_of(const PostgresStoreOptions& options) {
  const std::string place = postgres_place(options.url);
  return {.place = place,
          .init = "weir init --into " + place,
          .access = options.access,
          .flow = options.flow,
          .key = options.key,
          .settings = options.settings};
}

}  // namespace

// Where a user is named, a password may be: postgresql://user:password@host.
std::string postgres_place(const std::string& url) {
  const std::size_t begin = url.find("://");
  const std::size_t at = url.find('@');
  std::string place = url;
  if (begin != std::string::npos && at != std::string::npos) {
    const std::size_t colon = url.find(':', begin + 3);
    if (colon < at) {
      place = url.substr(0, colon) + url.substr(at);
    }
  }
  return escaped(place.substr(0, place.find('?')), 400);  // options may hold a password, too
}

// The library tells the reason in words alone.
Error postgres_connect_error(const std::string& place, std::string_view words) {
  const auto says = [words](std::string_view part) {
    return words.find(part) != std::string_view::npos;
  };
  if (says("password") || says("pg_hba.conf") || says("authentication") || says("no such role") ||
      says("not permitted to log in")) {
    return postgres_error(place, {.sqlstate = "28000", .words = words});
  }
  if (says("too many clients") || says("too many connections") ||
      says("remaining connection slots")) {
    return postgres_error(place, {.sqlstate = "53300", .words = words});
  }
  if (says("database \"") && says("does not exist")) {
    return postgres_error(place, {.sqlstate = "3D000", .words = words});
  }
  if (says("role \"") && says("does not exist")) {
    return postgres_error(place, {.sqlstate = "28000", .words = words});
  }
  if (says("certificate") || says("server does not support SSL")) {
    return {ErrorKind::invalid, postgres_error(place, {.words = words}).message +
                                    "; name who signed the server's certificate with "
                                    "sslrootcert=FILE in the URL, or, on a way that nobody else "
                                    "can listen on, say sslmode=disable there"};
  }
  if (says("invalid connection option") || says("invalid URI") || says("missing \"=\"")) {
    return {ErrorKind::invalid, postgres_error(place, {.words = words}).message};
  }
  return postgres_error(place, {.words = words});
}

namespace {

Result<std::unique_ptr<SqlConnection>> connect(Clock& clock, const PostgresStoreOptions& options) {
  TRY_ASSIGN(auto connection,
             PostgresConnection::open({.clock = &clock,
                                       .url = options.url,
                                       .place = postgres_place(options.url),
                                       .writes = options.access == StoreAccess::write,
                                       .reply_wait = options.reply_wait,
                                       .lock_wait = options.lock_wait,
                                       .idle_wait = options.idle_wait,
                                       .copy_above_rows = options.copy_above_rows}));
  return std::unique_ptr<SqlConnection>(std::move(connection));
}

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(Clock& clock,
                                                   const PostgresStoreOptions& options) {
  return open_sql_store(clock, {.target = target_of(options), .connect = [&clock, options](auto) {
                                  return connect(clock, options);
                                }});
}

std::unique_ptr<Leases> postgres_leases(Clock& clock, const PostgresStoreOptions& options,
                                        const LeaseHolder& holder) {
  return sql_leases(
      clock, {.connect = [&clock, options] { return connect(clock, options); }, .holder = holder});
}

}  // namespace weir
