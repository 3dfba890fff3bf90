// SPDX-License-Identifier: Apache-2.0
// Sums by integer key: a hash table whose buckets are cache lines.
//
//   line   | tag tag tag tag | sum sum sum sum |      64 bytes, four keys
//
// A key's home is a line; where that is full, the key lies in the next one with room, the first
// line following the last. Looking into a line compares all four tags, without a branch for each:
// what is left to mispredict is whether a key lies at home, which at two thirds full nearly all do
// (of a table with one key a slot, a third does not).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fold/budget.h"
#include "fold/dealt.h"
#include "fold/hash.h"
#include "fold/pages.h"
#include "model/usage.h"

namespace weir {

struct SumLine {
  static constexpr unsigned keys = 4;
  std::array<std::uint64_t, keys> tags;  // key + 1; 0: free, and so are those behind it
  std::array<std::int64_t, keys> sums;   // modulo 2^64
};
static_assert(sizeof(SumLine) == 64);

// One thread at a time. A sum that leaves 64 bits is carried in a table of the same kind.
class SumTable {
 public:
  struct Options {
    HashSeed seed;
    unsigned hash_bits_used = 0;    // of the hash, from its top: equal for all keys of this table
    const Pages* memory = nullptr;  // borrowed; zeroed
    std::size_t begin = 0;          // the part of it that the table may use; whole pages
    std::size_t bytes = 0;
    Budget* budget = nullptr;  // what it grows by is taken from here; may be absent
    std::uint64_t entries_max = UINT64_MAX;
    bool sparse = false;  // grows when half full, for speed
  };
  explicit SumTable(const Options& options);

  // Adds records, in order, until the table is full; returns how many it took.
  std::size_t add(std::span<const Usage> batch);
  std::size_t add(std::span<const Dealt> batch);

  // So many keys in all are expected: grows at once, where there is memory for it, rather than step
  // by step while they are added.
  void expect(std::uint64_t keys);

  // Adds those whose key is there already. The others, in order; until the next call.
  std::span<const Usage> add_present(std::span<const Usage> batch);

  std::uint64_t keys() const { return keys_; }
  std::size_t bytes_used() const { return capacity_ * sizeof(SumLine); }
  SumTable* carries() const { return carries_.get(); }  // in units of 2^64; none: null
  std::vector<std::uint64_t> all_keys() const;
  std::vector<std::uint64_t> sample(std::uint64_t count) const;  // about so many of them

  // The sums, in no order, at the front of the table's memory; carries apart. Then only keys(),
  // bytes_used() and reset().
  std::span<Usage> compact();

  // Empty, as at first; the memory was zeroed by its owner, and is given back to the budget.
  void reset();

 private:
  SumLine* home(std::uint64_t key) const;
  SumLine* after(SumLine* line) const { return ++line == lines_ + capacity_ ? lines_ : line; }
  static constexpr std::size_t group_records = 32;
  using Homes = std::array<SumLine*, group_records>;
  template <class Record>
  std::size_t add_all(std::span<const Record> batch);
  template <class Record>
  std::size_t add_groups(std::span<const Record> batch);
  template <class Record>
  std::size_t add_group(std::span<const Record> group, const Homes& homes);
  template <class Record>
  void ask_for(std::span<const Record> group, Homes& homes) const;
  bool add_to(SumLine& line, unsigned slot, std::uint64_t consumer, std::int64_t amount);
  bool carry(std::uint64_t consumer, std::int64_t amount);
  bool make_room();
  void limit_keys();
  bool grow(std::uint64_t capacity);
  void lift(std::uint64_t begin, std::uint64_t end, std::vector<Usage>& lifted);
  bool settle(const Usage& entry, std::uint64_t begin);

  const Options options_;
  const IntegerHash hash_;
  SumLine* lines_ = nullptr;
  std::uint64_t capacity_ = 0;  // lines
  std::uint64_t keys_ = 0;
  std::uint64_t keys_limit_ = 0;  // at which the table grows, or is full
  std::vector<Usage> absent_;
  Pages carry_memory_;
  std::unique_ptr<SumTable> carries_;
};

}  // namespace weir
