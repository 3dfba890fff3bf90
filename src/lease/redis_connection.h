// SPDX-License-Identifier: Apache-2.0
// One connection to Redis: commands out, answers in, within a time. Knows nothing of leases.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "lease/redis_place.h"

namespace weir {

using RedisCommand = std::vector<std::string>;

struct RedisAnswer {
  enum class Kind { nothing, number, text, list, refusal };
  Kind kind = Kind::nothing;
  std::int64_t number = 0;
  std::string text;  // also of a refusal: "READONLY You can't write…"
  std::vector<RedisAnswer> list;
};

// One thread at a time. After an error it is of no use any more.
class RedisConnection {
 public:
  virtual ~RedisConnection() = default;
  // Sends all, then waits for one answer each, in order, until the clock's monotonic deadline.
  // `unavailable`: any of them may have taken effect; with ETIMEDOUT where the time was over.
  virtual Result<std::vector<RedisAnswer>> ask(std::span<const RedisCommand> commands,
                                               Nanoseconds deadline) = 0;
};

inline constexpr std::size_t redis_answer_bytes_max = 16 << 20;  // of one call, as they come

// The bare connection: neither password nor database were told. `unavailable`.
Result<std::unique_ptr<RedisConnection>> connect_redis(const RedisPlace& place, int ms_max,
                                                       Clock& clock);

}  // namespace weir
