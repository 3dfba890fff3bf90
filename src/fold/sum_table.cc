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
constexpr std::uint64_t line_bytes = 64;

[[gnu::always_inline]] inline unsigned first_of(unsigned slots) {
  return static_cast<unsigned>(std::countr_zero(slots));
}

// Tables double while they are small, and grow by a third later; by an eighth where that is all the
// memory there is.
std::uint64_t next_capacity(std::uint64_t lines) {
  const bool small = lines * line_bytes < small_bytes;
  return std::max(small ? lines * 2 : lines + lines / 3, lines_first);
}
std::uint64_t least_next_capacity(std::uint64_t lines) {
  return lines + std::max<std::uint64_t>(lines / 8, 1);
}

}  // namespace

template <class Line>
SumTableOf<Line>::SumTableOf(const Options& options)
    : options_(options),
      hash_(options.seed),
      lines_(reinterpret_cast<Line*>(options.memory->begin() + options.begin)) {}

template <class Line>
[[gnu::always_inline]] inline Line* SumTableOf<Line>::home(const Key& key) const {
  const std::uint64_t hash = hash_(key) << options_.hash_bits_used;
  return lines_ + static_cast<std::uint64_t>((UInt128{hash} * capacity_) >> 64);
}

template <class Line>
std::size_t SumTableOf<Line>::add(std::span<const Entry> batch) {
  return add_all(batch);
}

template <class Line>
std::size_t SumTableOf<Line>::add(std::span<const Record> batch)
  requires(!std::is_same_v<Entry, Record>)
{
  return add_all(batch);
}

template <class Line>
template <class Any>
std::size_t SumTableOf<Line>::add_all(std::span<const Any> batch) {
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

template <class Line>
template <class Any>
[[gnu::always_inline]] inline void SumTableOf<Line>::ask_for(std::span<const Any> group,
                                                             Homes& homes) const {
  for (std::size_t i = 0; i < group.size(); ++i) {
    homes[i] = home(key_of(group[i]));
    __builtin_prefetch(homes[i], 1);
  }
}

// Until there is no room for a key or a carry; returns how many it added.
template <class Line>
template <class Any>
std::size_t SumTableOf<Line>::add_groups(std::span<const Any> batch) {
  std::array<Homes, 2> homes;
  const auto group_at = [&](std::size_t at) {
    return at < batch.size() ? batch.subspan(at, std::min(group_records, batch.size() - at))
                             : std::span<const Any>();
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

template <class Line>
template <class Any>
std::size_t SumTableOf<Line>::add_group(std::span<const Any> group, const Homes& homes) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const auto& key = key_of(group[i]);
    Line* line = homes[i];
    unsigned slots = line->holding(key);
    while (slots == 0) {
      slots = line->free();
      if (slots != 0) {
        if (keys_ == keys_limit_) {
          return i;
        }
        ++keys_;
        line->set_key(first_of(slots), key);
        break;
      }
      line = after(line);
      slots = line->holding(key);
    }
    if (!add_to(*line, first_of(slots), key, amount_of(group[i]))) {
      return i;
    }
  }
  return group.size();
}

template <class Line>
[[gnu::always_inline]] inline bool SumTableOf<Line>::add_to(Line& line, unsigned slot,
                                                            const Key& key, std::int64_t amount) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(line.sum(slot), amount, &sum) && !carry(key, amount)) [[unlikely]] {
    return false;
  }
  line.set_sum(slot, sum);
  return true;
}

// A sum has wrapped. False: there is no room to say so.
template <class Line>
bool SumTableOf<Line>::carry(const Key& key, std::int64_t amount) {
  if (carries_ == nullptr) {
    carry_memory_ = Pages(options_.bytes);
    if (carry_memory_.begin() == nullptr) {
      return false;
    }
    Options options = options_;
    options.memory = &carry_memory_;
    options.begin = 0;
    carries_ = std::make_unique<SumTableOf>(options);
  }
  const Entry carried{key, amount < 0 ? -1 : 1};
  return carries_->add(std::span(&carried, 1)) == 1;
}

template <class Line>
auto SumTableOf<Line>::add_present(std::span<const Entry> batch) -> std::span<const Entry> {
  absent_.resize(std::max(absent_.size(), batch.size()));
  std::size_t absent = 0;
  Homes homes;
  while (!batch.empty()) {
    const auto group = batch.first(std::min(group_records, batch.size()));
    ask_for(group, homes);
    for (std::size_t i = 0; i < group.size(); ++i) {
      const auto& [key, amount] = group[i];
      Line* line = homes[i];
      unsigned slots = line->holding(key);
      while (slots == 0 && line->free() == 0) {
        line = after(line);
        slots = line->holding(key);
      }
      if (slots == 0 || !add_to(*line, first_of(slots), key, amount)) {
        absent_[absent++] = group[i];
      }
    }
    batch = batch.subspan(group.size());
  }
  return std::span<const Entry>(absent_).first(absent);
}

template <class Line>
auto SumTableOf<Line>::all_keys() const -> std::vector<Key> {
  std::vector<Key> keys;
  for (const Line& line : std::span(lines_, capacity_)) {
    for (unsigned slot = 0; slot < Line::keys && line.used(slot); ++slot) {
      keys.push_back(line.key(slot));
    }
  }
  return keys;
}

// One key each of lines at equal distances, from its slots in turn: where a key lies in its line
// depends on when it came.
template <class Line>
auto SumTableOf<Line>::sample(std::uint64_t count) const -> std::vector<Key> {
  const std::uint64_t step =
      std::max<std::uint64_t>(capacity_ / std::max<std::uint64_t>(count, 1), 1);
  std::vector<Key> keys;
  for (std::uint64_t line = step / 2; line < capacity_; line += step) {
    const unsigned used = Line::keys - static_cast<unsigned>(std::popcount(lines_[line].free()));
    if (used > 0) {
      keys.push_back(lines_[line].key(static_cast<unsigned>(keys.size() % used)));
    }
  }
  return keys;
}

// What is written never reaches beyond the line that was read.
template <class Line>
auto SumTableOf<Line>::compact() -> std::span<Entry> {
  static_assert(sizeof(Entry) * Line::keys == sizeof(Line));
  auto* const begin = reinterpret_cast<Entry*>(lines_);
  Entry* end = begin;
  for (std::uint64_t i = 0; i < capacity_; ++i) {
    const Line line = lines_[i];
    for (unsigned slot = 0; slot < Line::keys && line.used(slot); ++slot) {
      *end++ = {line.key(slot), line.sum(slot)};
    }
  }
  CHECK(static_cast<std::uint64_t>(end - begin) == keys_);
  return {begin, end};
}

// The table has no room for a key: grow. False: at its largest, or the carries are.
template <class Line>
bool SumTableOf<Line>::make_room() {
  const std::uint64_t capacity_max = options_.bytes / sizeof(Line);
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

template <class Line>
void SumTableOf<Line>::limit_keys() {
  const std::uint64_t slots = capacity_ * Line::keys;
  const bool growing = capacity_ < options_.bytes / sizeof(Line) && options_.sparse;
  keys_limit_ =
      std::min(std::max<std::uint64_t>(growing ? slots / 2 : slots / 8 * Line::full_eighths, 1),
               options_.entries_max);
}

// An eighth less than full.
template <class Line>
void SumTableOf<Line>::expect(std::uint64_t keys) {
  const std::uint64_t capacity = std::min<std::uint64_t>(
      keys * 8 / (Line::keys * (Line::full_eighths - 1)) + 1, options_.bytes / sizeof(Line));
  if (keys > keys_limit_ && capacity > capacity_ && keys_limit_ < options_.entries_max &&
      grow(capacity)) {
    limit_keys();
  }
}

// In place: blocks of lines are lifted out, last block first, and each entry settles at its new
// home, which lies behind everything that was not lifted yet, except where full lines had carried
// an entry far. Such an entry stays lifted until a later block; when the first block is out, the
// whole table is free for what is left.
template <class Line>
bool SumTableOf<Line>::grow(std::uint64_t capacity) {
  if (options_.budget != nullptr && !options_.budget->take((capacity - capacity_) * sizeof(Line))) {
    return false;
  }
  // At once, and before any of it is read: a page that was read first is mapped twice.
  options_.memory->populate(options_.begin + capacity_ * sizeof(Line),
                            options_.begin + capacity * sizeof(Line));
  std::uint64_t begin = std::exchange(capacity_, capacity);
  std::vector<Entry> lifted;
  while (begin > 0) {
    const std::uint64_t end = begin;
    begin = end > lifted_lines ? end - lifted_lines : 0;
    lift(begin, end, lifted);
    std::erase_if(lifted, [&](const Entry& entry) { return settle(entry, begin); });
  }
  CHECK(lifted.empty());
  return true;
}

template <class Line>
void SumTableOf<Line>::lift(std::uint64_t begin, std::uint64_t end, std::vector<Entry>& lifted) {
  for (Line* line = lines_ + begin; line != lines_ + end; ++line) {
    for (unsigned slot = 0; slot < Line::keys && line->used(slot); ++slot) {
      lifted.push_back({line->key(slot), line->sum(slot)});
    }
    *line = Line{};
  }
}

// False: its place may be among lines before `begin`, which still hold entries of the old order.
template <class Line>
bool SumTableOf<Line>::settle(const Entry& entry, std::uint64_t begin) {
  const auto& [key, sum] = entry;
  Line* line = home(key);
  if (line < lines_ + begin) {
    return false;
  }
  while (line->free() == 0) {
    line = after(line);
    if (line == lines_ && begin > 0) {
      return false;
    }
  }
  const unsigned slot = first_of(line->free());
  line->set_key(slot, key);
  line->set_sum(slot, sum);
  return true;
}

template <class Line>
void SumTableOf<Line>::reset() {
  if (options_.budget != nullptr) {
    options_.budget->give(capacity_ * sizeof(Line));
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

template class SumTableOf<SumLine>;
template class SumTableOf<TextLine>;

}  // namespace weir
