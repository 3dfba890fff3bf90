// SPDX-License-Identifier: Apache-2.0
#include "model/partial.h"

#define XXH_INLINE_ALL  // a call for eight bytes takes longer than their hash
#include <xxhash.h>

#include <array>

#include "base/check.h"

namespace weir {
namespace {

std::uint64_t key_hash(const SumEntry& entry) {
  if (!entry.text.empty()) {
    return XXH3_64bits(entry.text.data(), entry.text.size());
  }
  std::array<unsigned char, 8> bytes = {};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(entry.id >> (8 * i));
  }
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace

void ControlSum::add(const SumEntry& entry) {
  *this +=
      ControlSum{.amount = entry.sum, .keyed = static_cast<UInt128>(entry.sum) * key_hash(entry)};
}

ControlSum& ControlSum::operator+=(const ControlSum& other) {
  CHECK(!__builtin_add_overflow(amount, other.amount, &amount));  // 2^64 sums of 64 bits fit
  keyed += other.keyed;
  return *this;
}

}  // namespace weir
