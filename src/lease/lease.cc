// SPDX-License-Identifier: Apache-2.0
#include "lease/lease.h"

#include <fmt/format.h>

namespace weir {

std::string new_lease_token(Random& random) {
  const std::uint64_t high = random.next();
  return fmt::format("{:016x}{:016x}", high, random.next());
}

}  // namespace weir
