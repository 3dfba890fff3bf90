// SPDX-License-Identifier: Apache-2.0
// A record on its way from a lane to the tables that all lanes share: in three quarters of the
// bytes, since it is written to memory and read back. An amount that does not fit 32 bits goes as
// two of them: high * 2^32, and low.
#pragma once

#include <cstdint>

namespace weir {

struct [[gnu::packed]] Dealt {
  static constexpr std::uint64_t high_part = std::uint64_t{1} << 63;  // ids are below it

  std::uint64_t tagged_id;  // with high_part where the amount is of units of 2^32, with a sign
  std::uint32_t part;

  static Dealt low(std::uint64_t id, std::int64_t amount) {
    return {id, static_cast<std::uint32_t>(amount)};
  }
  static Dealt high(std::uint64_t id, std::int64_t amount) {
    return {id | high_part, static_cast<std::uint32_t>(amount >> 32)};
  }
  std::uint64_t consumer() const { return tagged_id & ~high_part; }
  std::int64_t amount() const {
    const auto high = static_cast<std::int64_t>(static_cast<std::int32_t>(part)) * (1LL << 32);
    return (tagged_id & high_part) == 0 ? static_cast<std::int64_t>(part) : high;
  }
};
static_assert(sizeof(Dealt) == 12);

}  // namespace weir
