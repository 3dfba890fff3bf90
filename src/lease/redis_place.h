// SPDX-License-Identifier: Apache-2.0
// Where a Redis is, and how its keys and values look.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lease/lease.h"

namespace weir {

struct RedisPlace {
  std::string host;
  int port = 6379;
  int database = 0;
  std::string user;  // empty: the default one
  std::string password;
  std::string shown() const;  // "redis HOST:PORT", for messages: no password
};

// `invalid`: what is wrong with it; the message never holds the password.
Result<RedisPlace> redis_place(std::string_view url);

// Of one flow's leases.
class RedisKeys {
 public:
  RedisKeys(std::string_view prefix, std::string_view flow);
  std::string key(const LeaseName& name) const;
  std::string pattern() const { return start_ + "*"; }        // for SCAN
  std::optional<LeaseName> name(std::string_view key) const;  // nothing: not a key of ours

 private:
  std::string start_;
};

inline constexpr std::string_view redis_value_mark = "weir ";
inline constexpr std::size_t redis_worker_bytes_max = 256;

std::string redis_value(const LeaseHolder& holder);
// The worker that a value names; nothing where it is no lease.
std::optional<std::string> worker_of_redis_value(std::string_view value);

}  // namespace weir
