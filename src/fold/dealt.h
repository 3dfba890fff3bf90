// SPDX-License-Identifier: Apache-2.0
// A record on its way from a lane to the tables that all lanes share: in three quarters of the
// bytes, since it is written to memory and read back.
#pragma once

#include <cstdint>

namespace weir {

struct [[gnu::packed]] Dealt {
  std::uint64_t consumer;
  std::uint32_t amount;
};
static_assert(sizeof(Dealt) == 12);

}  // namespace weir
