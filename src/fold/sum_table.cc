// SPDX-License-Identifier: Apache-2.0
// Records are added in groups of 32, in two short loops: first the home of each and a prefetch of
// it, then the additions; so up to 32 cache misses are under way at once.
//
// The table grows in place, by pages that were never touched before: to allocate a new table and
// free the old one had cost a third of the whole time at 20 million keys.
#include "fold/sum_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace weir {
namespace {

constexpr std::uint64_t lines_first = 16;
constexpr std::size_t group_records = 32;
constexpr std::size_t roomy_bytes = 512 << 10;  // up to which a table is kept mostly empty

// Which of the line's slots have this tag: a bit each.
[[gnu::always_inline]] inline unsigned same(const SumLine& line, std::uint64_t tag) {
  return static_cast<unsigned>(line.tags[0] == tag) |
         static_cast<unsigned>(line.tags[1] == tag) << 1 |
         static_cast<unsigned>(line.tags[2] == tag) << 2 |
         static_cast<unsigned>(line.tags[3] == tag) << 3;
}

[[gnu::always_inline]] inline unsigned first_of(unsigned slots) {
  return static_cast<unsigned>(std::countr_zero(slots));
}

// Small tables double; large ones grow by a third, since memory counts for more there.
std::uint64_t next_capacity(std::uint64_t lines) {
  const bool roomy = lines * sizeof(SumLine) < roomy_bytes;
  return std::max(roomy ? lines * 2 : lines + lines / 3, lines_first);
}

}  // namespace

SumTable::SumTable(const Options& options)
    : options_(options), hash_(options.seed), lines_(reinterpret_cast<SumLine*>(options.memory)) {}

SumLine* SumTable::home(std::uint64_t key) const {
  const std::uint64_t hash = hash_(key) << options_.hash_bits_used;
  return lines_ + static_cast<std::uint64_t>((UInt128{hash} * capacity_) >> 64);
}

std::size_t SumTable::add(std::span<const Usage> batch) {
  std::size_t taken = 0;
  if (keys_limit_ == 0 && !make_room()) {
    return 0;
  }
  while (taken < batch.size()) {
    const auto group = batch.subspan(taken, std::min(group_records, batch.size() - taken));
    const std::size_t added = add_group(group);
    taken += added;
    if (added < group.size() && !make_room()) {
      break;
    }
  }
  return taken;
}

// Returns how many it added before there was no room for a key or a carry.
std::size_t SumTable::add_group(std::span<const Usage> group) {
  std::array<SumLine*, group_records> homes;
  for (std::size_t i = 0; i < group.size(); ++i) {
    homes[i] = home(group[i].consumer);
    __builtin_prefetch(homes[i], 1);
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    const std::uint64_t tag = group[i].consumer + 1;
    SumLine* line = homes[i];
    unsigned slots = same(*line, tag);
    while (slots == 0) {
      slots = same(*line, 0);
      if (slots != 0) {
        if (keys_ == keys_limit_) {
          return i;
        }
        ++keys_;
        line->tags[first_of(slots)] = tag;
        break;
      }
      line = after(line);
      slots = same(*line, tag);
    }
    if (!add_to(*line, first_of(slots), group[i])) {
      return i;
    }
  }
  return group.size();
}

[[gnu::always_inline]] inline bool SumTable::add_to(SumLine& line, unsigned slot,
                                                    const Usage& usage) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(line.sums[slot], usage.amount, &sum)) [[unlikely]] {
    if (carries_ == nullptr) {
      carry_memory_ = Pages(options_.bytes);
      Options options = options_;
      options.memory = carry_memory_.begin();
      options.bytes = carry_memory_.bytes();
      carries_ = std::make_unique<SumTable>(options);
    }
    const Usage carry{usage.consumer, usage.amount < 0 ? -1 : 1};
    if (carries_->add({&carry, 1}) == 0) {
      return false;
    }
  }
  line.sums[slot] = sum;
  return true;
}

std::span<const Usage> SumTable::add_present(std::span<const Usage> batch) {
  absent_.resize(std::max(absent_.size(), batch.size()));
  std::size_t absent = 0;
  while (!batch.empty()) {
    const auto group = batch.first(std::min(group_records, batch.size()));
    std::array<SumLine*, group_records> homes;
    for (std::size_t i = 0; i < group.size(); ++i) {
      homes[i] = home(group[i].consumer);
      __builtin_prefetch(homes[i], 1);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
      SumLine* line = homes[i];
      unsigned slots = same(*line, group[i].consumer + 1);
      while (slots == 0 && same(*line, 0) == 0) {
        line = after(line);
        slots = same(*line, group[i].consumer + 1);
      }
      if (slots == 0 || !add_to(*line, first_of(slots), group[i])) {
        absent_[absent++] = group[i];
      }
    }
    batch = batch.subspan(group.size());
  }
  return std::span<const Usage>(absent_).first(absent);
}

// The table has no room for a key: grow. False: at its largest, or the carries are.
bool SumTable::make_room() {
  const std::uint64_t capacity_max = options_.bytes / sizeof(SumLine);
  if (keys_ < keys_limit_ || keys_limit_ == options_.entries_max || capacity_ == capacity_max) {
    return false;
  }
  if (!grow(std::min(next_capacity(capacity_), capacity_max))) {
    return false;
  }
  const bool roomy = capacity_ * sizeof(SumLine) <= roomy_bytes && capacity_ < capacity_max;
  const std::uint64_t slots = capacity_ * SumLine::keys;
  keys_limit_ =
      std::min(std::max<std::uint64_t>(roomy ? slots / 2 : slots / 8 * 7, 1), options_.entries_max);
  return true;
}

// In place: all entries are lifted out, and settle anew.
bool SumTable::grow(std::uint64_t capacity) {
  if (options_.budget != nullptr &&
      !options_.budget->take((capacity - capacity_) * sizeof(SumLine))) {
    return false;
  }
  std::vector<Usage> lifted;
  lifted.reserve(keys_);
  for (const SumLine& line : lines()) {
    for (unsigned slot = 0; slot < SumLine::keys && line.tags[slot] != 0; ++slot) {
      lifted.push_back({line.tags[slot], line.sums[slot]});
    }
  }
  std::memset(static_cast<void*>(lines_), 0, capacity_ * sizeof(SumLine));
  capacity_ = capacity;
  for (const Usage& entry : lifted) {
    settle(entry.consumer, entry.amount);
  }
  return true;
}

void SumTable::settle(std::uint64_t tag, std::int64_t sum) {
  SumLine* line = home(tag - 1);
  unsigned free = same(*line, 0);
  while (free == 0) {
    line = after(line);
    free = same(*line, 0);
  }
  line->tags[first_of(free)] = tag;
  line->sums[first_of(free)] = sum;
}

void SumTable::reset() {
  if (options_.budget != nullptr) {
    options_.budget->give(capacity_ * sizeof(SumLine));
  }
  if (carries_ != nullptr) {
    carries_->reset();
    carries_.reset();
    carry_memory_ = Pages();
  }
  capacity_ = 0;
  keys_ = 0;
  keys_limit_ = 0;
}

}  // namespace weir
