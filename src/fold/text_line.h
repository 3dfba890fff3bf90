// SPDX-License-Identifier: Apache-2.0
// What the tables that all lanes share know of text keys (text_key.h); compare sum_line.h.
//
//   line   | key, 24 bytes; sum | key, 24 bytes; sum |      64 bytes, two keys
//
// A record on its way to a table is in the same 32 bytes, and so are the sums of a table that is
// put in order.
#pragma once

#include <array>
#include <cstdint>

#include "fold/text_hash.h"
#include "fold/text_key.h"
#include "model/format.h"

namespace weir {

struct TextSum {
  TextKey key;
  std::int64_t amount = 0;
};
static_assert(sizeof(TextSum) == 32);

struct TextLine {
  using Key = TextKey;
  using Entry = TextSum;
  using Record = TextSum;
  using Hash = TextHash;
  static constexpr KeyKind kind = KeyKind::text;
  static constexpr unsigned keys = 2;
  static constexpr unsigned full_eighths = 6;
  static constexpr std::size_t records_per_entry = 1;

  std::array<TextSum, keys> sums;  // modulo 2^64; a key of zeros: free

  [[gnu::always_inline]] unsigned holding(const TextKey& key) const {
    return static_cast<unsigned>(same(sums[0].key, key)) |
           static_cast<unsigned>(same(sums[1].key, key)) << 1;
  }
  [[gnu::always_inline]] unsigned free() const {
    return static_cast<unsigned>(sums[0].key.third == 0) |
           static_cast<unsigned>(sums[1].key.third == 0) << 1;
  }

  bool used(unsigned slot) const { return sums[slot].key.third != 0; }
  const TextKey& key(unsigned slot) const { return sums[slot].key; }
  void set_key(unsigned slot, const TextKey& key) { sums[slot].key = key; }
  std::int64_t sum(unsigned slot) const { return sums[slot].amount; }
  void set_sum(unsigned slot, std::int64_t sum) { sums[slot].amount = sum; }

 private:
  [[gnu::always_inline]] static bool same(const TextKey& a, const TextKey& b) {
    return ((a.first ^ b.first) | (a.second ^ b.second) | (a.third ^ b.third)) == 0;
  }
};
static_assert(sizeof(TextLine) == 64);

inline const TextKey& key_of(const TextSum& entry) {
  return entry.key;
}
inline std::int64_t amount_of(const TextSum& entry) {
  return entry.amount;
}

template <class Put>
[[gnu::always_inline]] inline void each_record_of(const TextSum& entry, const Put& put) {
  put(entry);
}

}  // namespace weir
