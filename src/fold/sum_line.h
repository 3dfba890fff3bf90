// SPDX-License-Identifier: Apache-2.0
// What the tables that all lanes share know of integer keys; text_line.h says the same of texts.
//
//   line   | tag tag tag tag | sum sum sum sum |      64 bytes, four keys
#pragma once

#include <array>
#include <cstdint>

#include "fold/dealt.h"
#include "fold/hash.h"
#include "model/format.h"
#include "model/usage.h"

namespace weir {

struct SumLine {
  using Key = std::uint64_t;
  using Entry = Usage;   // a key and its sum, or an amount
  using Record = Dealt;  // the same on its way to a table
  using Hash = IntegerHash;
  static constexpr KeyKind kind = KeyKind::integer;
  static constexpr unsigned keys = 4;
  static constexpr unsigned full_eighths = 7;  // of all slots, beyond which to search takes long
  static constexpr std::size_t records_per_entry = 2;  // at most

  std::array<std::uint64_t, keys> tags;  // key + 1; 0: free, and so are those behind it
  std::array<std::int64_t, keys> sums;   // modulo 2^64

  // Which slots hold the key, and which are free: a bit each, without a branch.
  [[gnu::always_inline]] unsigned holding(Key key) const { return tagged(key + 1); }
  [[gnu::always_inline]] unsigned free() const { return tagged(0); }

  bool used(unsigned slot) const { return tags[slot] != 0; }
  Key key(unsigned slot) const { return tags[slot] - 1; }
  void set_key(unsigned slot, Key key) { tags[slot] = key + 1; }
  std::int64_t sum(unsigned slot) const { return sums[slot]; }
  void set_sum(unsigned slot, std::int64_t sum) { sums[slot] = sum; }

 private:
  [[gnu::always_inline]] unsigned tagged(std::uint64_t tag) const {
    return static_cast<unsigned>(tags[0] == tag) | static_cast<unsigned>(tags[1] == tag) << 1 |
           static_cast<unsigned>(tags[2] == tag) << 2 | static_cast<unsigned>(tags[3] == tag) << 3;
  }
};
static_assert(sizeof(SumLine) == 64);

inline std::uint64_t key_of(const Usage& entry) {
  return entry.consumer;
}
inline std::uint64_t key_of(const Dealt& record) {
  return record.consumer();
}
inline std::int64_t amount_of(const Usage& entry) {
  return entry.amount;
}
inline std::int64_t amount_of(const Dealt& record) {
  return record.amount();
}

// Calls put(record) with each record of an entry: an amount beyond 32 bits, or below 0, goes in
// two parts.
template <class Put>
[[gnu::always_inline]] inline void each_record_of(const Usage& usage, const Put& put) {
  put(Dealt::low(usage.consumer, usage.amount));
  if (usage.amount >> 32 != 0) [[unlikely]] {
    put(Dealt::high(usage.consumer, usage.amount));
  }
}

}  // namespace weir
