// SPDX-License-Identifier: Apache-2.0
// Sums by key: a hash table whose buckets are cache lines of some keys each, of integers
// (sum_line.h) or of texts (text_line.h).
//
// A key's home is a line; where that is full, the key lies in the next one with room, the first
// line following the last. Looking into a line compares all its keys, without a branch for each:
// what is left to mispredict is whether a key lies at home, which of four a line, two thirds full,
// nearly all do (of a table with one key a slot, a third does not).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "fold/budget.h"
#include "fold/hash.h"
#include "fold/pages.h"
#include "fold/sum_line.h"
#include "fold/text_line.h"

namespace weir {

// One thread at a time. A sum that leaves 64 bits is carried in a table of the same kind.
template <class Line>
class SumTableOf {
 public:
  using Key = typename Line::Key;
  using Entry = typename Line::Entry;
  using Record = typename Line::Record;

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
  explicit SumTableOf(const Options& options);

  // Adds records, in order, until the table is full; returns how many it took.
  std::size_t add(std::span<const Entry> batch);
  std::size_t add(std::span<const Record> batch)
    requires(!std::is_same_v<Entry, Record>);

  // So many keys in all are expected: grows at once, where there is memory for it, rather than step
  // by step while they are added.
  void expect(std::uint64_t keys);

  // Adds those whose key is there already. The others, in order; until the next call.
  std::span<const Entry> add_present(std::span<const Entry> batch);

  std::uint64_t keys() const { return keys_; }
  std::size_t bytes_used() const { return capacity_ * sizeof(Line); }
  SumTableOf* carries() const { return carries_.get(); }  // in units of 2^64; none: null
  std::vector<Key> all_keys() const;
  std::vector<Key> sample(std::uint64_t count) const;  // about so many of them

  // The sums, in no order, at the front of the table's memory; carries apart. Then only keys(),
  // bytes_used() and reset().
  std::span<Entry> compact();

  // Empty, as at first; the memory was zeroed by its owner, and is given back to the budget.
  void reset();

 private:
  Line* home(const Key& key) const;
  Line* after(Line* line) const { return ++line == lines_ + capacity_ ? lines_ : line; }
  static constexpr std::size_t group_records = 32;
  using Homes = std::array<Line*, group_records>;
  template <class Any>  // Entry or Record
  std::size_t add_all(std::span<const Any> batch);
  template <class Any>
  std::size_t add_groups(std::span<const Any> batch);
  template <class Any>
  std::size_t add_group(std::span<const Any> group, const Homes& homes);
  template <class Any>
  void ask_for(std::span<const Any> group, Homes& homes) const;
  bool add_to(Line& line, unsigned slot, const Key& key, std::int64_t amount);
  bool carry(const Key& key, std::int64_t amount);
  bool make_room();
  void limit_keys();
  bool grow(std::uint64_t capacity);
  void lift(std::uint64_t begin, std::uint64_t end, std::vector<Entry>& lifted);
  bool settle(const Entry& entry, std::uint64_t begin);

  const Options options_;
  const typename Line::Hash hash_;
  Line* lines_ = nullptr;
  std::uint64_t capacity_ = 0;  // lines
  std::uint64_t keys_ = 0;
  std::uint64_t keys_limit_ = 0;  // at which the table grows, or is full
  std::vector<Entry> absent_;
  Pages carry_memory_;
  std::unique_ptr<SumTableOf> carries_;
};

using SumTable = SumTableOf<SumLine>;
using TextSumTable = SumTableOf<TextLine>;

}  // namespace weir
