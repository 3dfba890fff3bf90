// SPDX-License-Identifier: Apache-2.0
#include "app/pool.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "app/location.h"
#include "base/text.h"
#include "lease/redis.h"

namespace weir {
namespace {

constexpr std::size_t leases_listed_max = 10'000;

Error asks_for(const std::string& what) {
  return {ErrorKind::invalid, "pool.lease asks for " + what};
}

}  // namespace

Result<void> check_pool(const FlowSettings& settings) {
  if (settings.pool.lease.empty()) {
    return {};
  }
  if (settings.source.id.empty()) {
    return asks_for("source.id: workers on other machines may see the folder elsewhere");
  }
  const auto location = location_of_store(settings.store.url);
  if (location && location->kind == StoreKind::sqlite) {
    return asks_for("a store on a server: SQLite is written by one process (store.url)");
  }
  return {};
}

Result<std::unique_ptr<Leases>> open_leases(System& system, const FlowSettings& settings) {
  if (settings.pool.lease.empty()) {
    return std::unique_ptr<Leases>();
  }
  const Machine& machine = system.machine;
  return open_redis_leases({.url = settings.pool.lease,
                            .holder = {.flow = settings.name,
                                       .worker = fmt::format("{}:{}", system.host, system.process),
                                       .token = new_lease_token(machine.random)}},
                           machine.clock, machine.random, machine.tasks);
}

PoolStatus pool_status(System& system, const FlowSettings& settings) {
  const auto leases = open_leases(system, settings);
  if (!leases) {
    return {.trouble = leases.error().message};
  }
  const auto listing = (*leases)->list(leases_listed_max);
  if (!listing) {
    return {.trouble = listing.error().message};
  }
  std::map<std::string, std::size_t> held;
  for (const LeaseRow& row : listing->rows) {
    held[row.foreign ? "?" : row.worker] += 1;
  }
  PoolStatus status;
  for (auto& [name, units] : held) {
    status.workers.push_back({.name = name, .held = units});
  }
  return status;
}

std::string pool_sentence(const PoolStatus& status) {
  if (!status.trouble.empty()) {
    return "its leases do not answer: " + status.trouble;
  }
  std::string text = fmt::format("{} at work", status.workers.size());
  for (const PoolWorker& worker : status.workers) {
    text += fmt::format(", {} ({} {})", escaped(worker.name), worker.held,
                        worker.held == 1 ? "unit" : "units");
  }
  return text;
}

}  // namespace weir
