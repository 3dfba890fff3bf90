// SPDX-License-Identifier: Apache-2.0
// Workers that others wait for: a queue needs somebody who empties it at the same time.
#pragma once

#include <algorithm>
#include <memory>
#include <span>

#include "base/result.h"
#include "base/tasks.h"

namespace weir {

inline bool any_started(std::span<const std::unique_ptr<Task>> workers) {
  return std::any_of(workers.begin(), workers.end(),
                     [](const auto& worker) { return worker->started(); });
}

inline Result<void> no_threads() {
  return Error{ErrorKind::unavailable,
               "the system gives no more threads: see ulimit -u, or the limit of the container"};
}

}  // namespace weir
