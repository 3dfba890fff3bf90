// SPDX-License-Identifier: Apache-2.0
#include "app/pool.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "app/location.h"
#include "app/wiring.h"
#include "base/text.h"
#include "flow/events.h"
#include "lease/redis.h"
#include "lease/second_best.h"

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

namespace {

constexpr std::string_view in_store = "store";

// The second is asked while the first does not answer; absent: there is none.
struct PoolLeases {
  std::unique_ptr<Leases> first;
  std::unique_ptr<Leases> second;
};

Result<PoolLeases> leases_of(System& system, const FlowSettings& settings) {
  const Machine& machine = system.machine;
  const LeaseHolder holder = {.flow = settings.name,
                              .worker = fmt::format("{}:{}", system.host, system.process),
                              .token = new_lease_token(machine.random)};
  TRY_ASSIGN(auto of_store, open_store_leases(system, settings, holder));
  if (settings.pool.lease == in_store) {
    return PoolLeases{.first = std::move(of_store), .second = nullptr};
  }
  TRY_ASSIGN(auto of_redis, open_redis_leases({.url = settings.pool.lease, .holder = holder},
                                              machine.clock, machine.random, machine.tasks));
  return PoolLeases{.first = std::move(of_redis), .second = std::move(of_store)};
}

// nullptr: the first place answers again.
Note note_of_change(const Error* error) {
  if (error == nullptr) {
    return {.severity = Severity::info,
            .event = event::leases_answer,
            .text = "the leases answer again"};
  }
  return {.severity = Severity::warning,
          .event = event::leases_in_store,
          .text = "leases are kept in the store for now: " + error->message,
          .fields = {{field::reason, error->message}}};
}

}  // namespace

Result<std::unique_ptr<Leases>> open_leases(System& system, const FlowSettings& settings,
                                            const Notes& notes) {
  if (settings.pool.lease.empty()) {
    return std::unique_ptr<Leases>();
  }
  TRY_ASSIGN(PoolLeases leases, leases_of(system, settings));
  if (!leases.second) {
    return std::move(leases.first);
  }
  return leases_with_second_best(std::move(leases.first), std::move(leases.second),
                                 [&notes](const Error* error) { notes(note_of_change(error)); });
}

PoolStatus pool_status(System& system, const FlowSettings& settings) {
  const auto leases = leases_of(system, settings);
  if (!leases) {
    return {.trouble = leases.error().message};
  }
  PoolStatus status;
  auto listing = leases->first->list(leases_listed_max);
  if (!listing) {
    status.trouble = listing.error().message;
    listing = leases->second ? leases->second->list(leases_listed_max) : std::move(listing);
  }
  if (!listing) {
    return status;
  }
  std::map<std::string, std::size_t> held;
  for (const LeaseRow& row : listing->rows) {
    held[row.foreign ? "?" : row.worker] += 1;
  }
  for (auto& [name, units] : held) {
    status.workers.push_back({.name = name, .held = units});
  }
  return status;
}

std::string pool_sentence(const PoolStatus& status) {
  if (!status.trouble.empty() && status.workers.empty()) {
    return "its leases do not answer: " + status.trouble;
  }
  std::string text = fmt::format("{} at work", status.workers.size());
  for (const PoolWorker& worker : status.workers) {
    text += fmt::format(", {} ({} {})", escaped(worker.name), worker.held,
                        worker.held == 1 ? "unit" : "units");
  }
  return text + (status.trouble.empty() ? "" : "; Redis does not answer: " + status.trouble);
}

}  // namespace weir
