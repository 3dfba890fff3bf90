// SPDX-License-Identifier: Apache-2.0
// Records are added in groups of 32, in two short loops: first the home of each and a prefetch of
// it, then the additions. The homes of the next group are asked for before the additions of this
// one, so that up to 64 cache misses are under way at once, and none is waited for.
//
// The table grows in place, by pages that were never touched before: to allocate a new table and
// free the old one had cost a third of the whole time at 20 million keys.
#include "fold/sum_table.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"

namespace weir {
namespace {

constexpr std::uint64_t lines_first = 16;
constexpr std::uint64_t lifted_lines = 256;  // at a time, while the table grows
constexpr std::size_t small_bytes = 256 << 10;
constexpr std::uint64_t expected_keys_per_line = 3;  // three quarters full

std::uint64_t consumer_of(const Usage& record) {
  return record.consumer;
}
std::uint64_t consumer_of(const Dealt& record) {
  return record.consumer();
}
std::int64_t amount_of(const Usage& record) {
  return record.amount;
}
std::int64_t amount_of(const Dealt& record) {
  return record.amount();
}

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

// Tables double while they are small, and grow by a third later; by an eighth where that is all the
// memory there is.
std::uint64_t next_capacity(std::uint64_t lines) {
  const bool small = lines * sizeof(SumLine) < small_bytes;
  return std::max(small ? lines * 2 : lines + lines / 3, lines_first);
}
std::uint64_t least_next_capacity(std::uint64_t lines) {
  return lines + std::max<std::uint64_t>(lines / 8, 1);
}

}  // namespace

SumTable::SumTable(const Options& options)
    : options_(options),
      hash_(options.seed),
      lines_(reinterpret_cast<SumLine*>(options.memory->begin() + options.begin)) {}

SumLine* SumTable::home(std::uint64_t key) const {
  const std::uint64_t hash = hash_(key) << options_.hash_bits_used;
  return lines_ + static_cast<std::uint64_t>((UInt128{hash} * capacity_) >> 64);
}

std::size_t SumTable::add(std::span<const Usage> batch) {
  return add_all(batch);
}

std::size_t SumTable::add(std::span<const Dealt> batch) {
  return add_all(batch);
}

template <class Record>
std::size_t SumTable::add_all(std::span<const Record> batch) {
  std::size_t taken = 0;
  if (keys_limit_ == 0 && !make_room()) {
    return 0;
  }
  while (taken < batch.size()) {
    taken += add_groups(batch.subspan(taken));
    if (taken < batch.size() && !make_room()) {
      break;
    }
  }
  return taken;
}

template <class Record>
[[gnu::always_inline]] inline void SumTable::ask_for(std::span<const Record> group,
                                                     Homes& homes) const {
  for (std::size_t i = 0; i < group.size(); ++i) {
    homes[i] = home(consumer_of(group[i]));
    __builtin_prefetch(homes[i], 1);
  }
}

// Until there is no room for a key or a carry; returns how many it added.
template <class Record>
std::size_t SumTable::add_groups(std::span<const Record> batch) {
  std::array<Homes, 2> homes;
  const auto group_at = [&](std::size_t at) {
    return at < batch.size() ? batch.subspan(at, std::min(group_records, batch.size() - at))
                             : std::span<const Record>();
  };
  ask_for(group_at(0), homes[0]);
  for (std::size_t at = 0, turn = 0; at < batch.size(); at += group_records, turn ^= 1) {
    ask_for(group_at(at + group_records), homes[turn ^ 1]);
    const std::size_t added = add_group(group_at(at), homes[turn]);
    if (added < group_at(at).size()) {
      return at + added;
    }
  }
  return batch.size();
}

template <class Record>
std::size_t SumTable::add_group(std::span<const Record> group, const Homes& homes) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const std::uint64_t consumer = consumer_of(group[i]);
    const std::uint64_t tag = consumer + 1;
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
    if (!add_to(*line, first_of(slots), consumer, amount_of(group[i]))) {
      return i;
    }
  }
  return group.size();
}

[[gnu::always_inline]] inline bool SumTable::add_to(SumLine& line, unsigned slot,
                                                    std::uint64_t consumer, std::int64_t amount) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(line.sums[slot], amount, &sum) && !carry(consumer, amount))
      [[unlikely]] {
    return false;
  }
  line.sums[slot] = sum;
  return true;
}

// A sum has wrapped. False: there is no room to say so.
bool SumTable::carry(std::uint64_t consumer, std::int64_t amount) {
  if (carries_ == nullptr) {
    carry_memory_ = Pages(options_.bytes);
    if (carry_memory_.begin() == nullptr) {
      return false;
    }
    Options options = options_;
    options.memory = &carry_memory_;
    options.begin = 0;
    carries_ = std::make_unique<SumTable>(options);
  }
  const Usage carried{consumer, amount < 0 ? -1 : 1};
  return carries_->add(std::span(&carried, 1)) == 1;
}

std::span<const Usage> SumTable::add_present(std::span<const Usage> batch) {
  absent_.resize(std::max(absent_.size(), batch.size()));
  std::size_t absent = 0;
  Homes homes;
  while (!batch.empty()) {
    const auto group = batch.first(std::min(group_records, batch.size()));
    ask_for(group, homes);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const auto [consumer, amount] = group[i];
      SumLine* line = homes[i];
      unsigned slots = same(*line, consumer + 1);
      while (slots == 0 && same(*line, 0) == 0) {
        line = after(line);
        slots = same(*line, consumer + 1);
      }
      if (slots == 0 || !add_to(*line, first_of(slots), consumer, amount)) {
        absent_[absent++] = group[i];
      }
    }
    batch = batch.subspan(group.size());
  }
  return std::span<const Usage>(absent_).first(absent);
}

std::vector<std::uint64_t> SumTable::all_keys() const {
  std::vector<std::uint64_t> keys;
  for (const SumLine& line : std::span(lines_, capacity_)) {
    for (unsigned slot = 0; slot < SumLine::keys && line.tags[slot] != 0; ++slot) {
      keys.push_back(line.tags[slot] - 1);
    }
  }
  return keys;
}

// One key each of lines at equal distances, from its slots in turn: where a key lies in its line
// depends on when it came.
std::vector<std::uint64_t> SumTable::sample(std::uint64_t count) const {
  const std::uint64_t step =
      std::max<std::uint64_t>(capacity_ / std::max<std::uint64_t>(count, 1), 1);
  std::vector<std::uint64_t> keys;
  for (std::uint64_t line = step / 2; line < capacity_; line += step) {
    const unsigned used =
        SumLine::keys - static_cast<unsigned>(std::popcount(same(lines_[line], 0)));
    if (used > 0) {
      keys.push_back(lines_[line].tags[keys.size() % used] - 1);
    }
  }
  return keys;
}

// What is written never reaches beyond the line that was read.
std::span<Usage> SumTable::compact() {
  auto* const begin = reinterpret_cast<Usage*>(lines_);
  Usage* end = begin;
  for (std::uint64_t i = 0; i < capacity_; ++i) {
    const SumLine line = lines_[i];
    for (unsigned slot = 0; slot < SumLine::keys && line.tags[slot] != 0; ++slot) {
      *end++ = {line.tags[slot] - 1, line.sums[slot]};
    }
  }
  CHECK(static_cast<std::uint64_t>(end - begin) == keys_);
  return {begin, end};
}

// The table has no room for a key: grow. False: at its largest, or the carries are.
bool SumTable::make_room() {
  const std::uint64_t capacity_max = options_.bytes / sizeof(SumLine);
  if (keys_ < keys_limit_ || keys_limit_ == options_.entries_max || capacity_ == capacity_max) {
    return false;
  }
  if (!grow(std::min(next_capacity(capacity_), capacity_max)) &&
      !grow(std::min(least_next_capacity(capacity_), capacity_max))) {
    return false;
  }
  limit_keys();
  return true;
}

void SumTable::limit_keys() {
  const std::uint64_t slots = capacity_ * SumLine::keys;
  const bool growing = capacity_ < options_.bytes / sizeof(SumLine) && options_.sparse;
  keys_limit_ = std::min(std::max<std::uint64_t>(growing ? slots / 2 : slots / 8 * 7, 1),
                         options_.entries_max);
}

void SumTable::expect(std::uint64_t keys) {
  const std::uint64_t capacity =
      std::min<std::uint64_t>(keys / expected_keys_per_line + 1, options_.bytes / sizeof(SumLine));
  if (keys > keys_limit_ && capacity > capacity_ && keys_limit_ < options_.entries_max &&
      grow(capacity)) {
    limit_keys();
  }
}

// In place: blocks of lines are lifted out, last block first, and each entry settles at its new
// home, which lies behind everything that was not lifted yet, except where full lines had carried
// an entry far. Such an entry stays lifted until a later block; when the first block is out, the
// whole table is free for what is left.
bool SumTable::grow(std::uint64_t capacity) {
  if (options_.budget != nullptr &&
      !options_.budget->take((capacity - capacity_) * sizeof(SumLine))) {
    return false;
  }
  // At once, and before any of it is read: a page that was read first is mapped twice.
  options_.memory->populate(options_.begin + capacity_ * sizeof(SumLine),
                            options_.begin + capacity * sizeof(SumLine));
  std::uint64_t begin = std::exchange(capacity_, capacity);
  std::vector<Usage> lifted;
  while (begin > 0) {
    const std::uint64_t end = begin;
    begin = end > lifted_lines ? end - lifted_lines : 0;
    lift(begin, end, lifted);
    std::erase_if(lifted, [&](const Usage& entry) { return settle(entry, begin); });
  }
  CHECK(lifted.empty());
  return true;
}

void SumTable::lift(std::uint64_t begin, std::uint64_t end, std::vector<Usage>& lifted) {
  for (SumLine* line = lines_ + begin; line != lines_ + end; ++line) {
    for (unsigned slot = 0; slot < SumLine::keys && line->tags[slot] != 0; ++slot) {
      lifted.push_back({line->tags[slot] - 1, line->sums[slot]});
    }
    *line = SumLine{};
  }
}

// False: its place may be among lines before `begin`, which still hold entries of the old order.
bool SumTable::settle(const Usage& entry, std::uint64_t begin) {
  SumLine* line = home(entry.consumer);
  if (line < lines_ + begin) {
    return false;
  }
  unsigned free = same(*line, 0);
  while (free == 0) {
    line = after(line);
    if (line == lines_ && begin > 0) {
      return false;
    }
    free = same(*line, 0);
  }
  line->tags[first_of(free)] = entry.consumer + 1;
  line->sums[first_of(free)] = entry.amount;
  return true;
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
