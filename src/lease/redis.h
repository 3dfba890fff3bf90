// SPDX-License-Identifier: Apache-2.0
// Leases in Redis, one key each: PREFIX:FLOW:KIND:NAME, with an expiry. Parts are written as in
// URLs where they hold anything but letters, digits, '.', '_' and '-'. The value is
// "weir TOKEN WORKER"; only the very same value is renewed or deleted.
//
// One server, or whatever answers at its address; no cluster, no TLS. Nothing in Redis needs to
// survive: it may be flushed, restarted, or fail over to a copy that has not heard of a lease.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/tasks.h"
#include "lease/lease.h"

namespace weir {

struct RedisLimits {
  int call_ms_max = 1'000;   // a call; looking up the host's name is the system's affair
  int connect_ms_max = 400;  // of it, to connect to each of the host's addresses
  int list_ms_max = 10'000;  // a listing, which asks many times
  // After a failure, calls answer at once, without asking, for a while that doubles each time; the
  // true one lies between a half and the whole of it, by chance.
  int pause_ms_min = 100;
  int pause_ms_max = 5'000;
};

struct RedisLeaseOptions {
  std::string url;  // redis://[[user]:password@]host[:port][/database]
  std::string prefix = "weir";
  LeaseHolder holder;
  RedisLimits limits = {};
};

// Connects when it is first asked: the server may come later. `invalid`: the URL. Borrows all
// three.
Result<std::unique_ptr<Leases>> open_redis_leases(const RedisLeaseOptions& options, Clock& clock,
                                                  Random& random, Tasks& tasks);

}  // namespace weir
