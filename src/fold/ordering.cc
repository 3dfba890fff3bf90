// SPDX-License-Identifier: Apache-2.0
#include "fold/ordering.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <string>

#include "base/check.h"
#include "fold/limits.h"
#include "fold/spread_sort.h"

namespace weir {
namespace {

constexpr std::uint64_t range_records = 32 << 10;  // sorted at a time: 512 KiB
constexpr std::uint64_t ranges_max = 1024;
constexpr std::uint64_t samples_per_range = 64;
static_assert(limits::order_cuts_max < ranges_max / 2 + 2);

// The ranges of some keys: how many ends are not above each. A binary search without a branch, for
// several keys at once, so that their loads overlap. ends: 2^n - 1 of them.
constexpr std::size_t searched_together = 16;
using Found = std::array<std::uint32_t, searched_together>;
Found ranges_of(std::span<const Usage> entries, std::span<const std::uint64_t> ends) {
  Found found{};
  for (std::size_t step = (ends.size() + 1) / 2; step > 0; step /= 2) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const std::uint32_t above = ends[found[i] + step - 1] <= entries[i].consumer ? 1 : 0;
      found[i] += above * static_cast<std::uint32_t>(step);
    }
  }
  return found;
}

// Calls see(entry, its range) for each.
template <class See>
void each_with_range(std::span<const Usage> entries, std::span<const std::uint64_t> ends,
                     const See& see) {
  while (!entries.empty()) {
    const auto some = entries.first(std::min(entries.size(), searched_together));
    const Found found = ranges_of(some, ends);
    for (std::size_t i = 0; i < some.size(); ++i) {
      see(some[i], found[i]);
    }
    entries = entries.subspan(some.size());
  }
}

}  // namespace

Ordering::Ordering(Tasks& tasks, int jobs, std::span<SumTable* const> tables,
                   const std::vector<std::uint64_t>& cuts)
    : sums_(tables.size()) {
  CHECK(cuts.size() <= limits::order_cuts_max);
  choose_ends(tables, cuts);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < tables.size(); i = next++) {
      sums_[i] = grouped(*tables[i]);
    }
  };
  std::vector<std::unique_ptr<Task>> others;
  for (int i = 1; i < jobs && static_cast<std::size_t>(i) < tables.size(); ++i) {
    others.push_back(tasks.spawn("order-" + std::to_string(i), work));
  }
  work();
  for (SumTable* const table : tables) {
    if (table->carries() != nullptr) {
      carries_.push_back(grouped(*table->carries()));
    }
  }
  // The tasks join as they go out of scope.
}

void Ordering::choose_ends(std::span<SumTable* const> tables,
                           const std::vector<std::uint64_t>& cuts) {
  std::uint64_t keys = 0;
  for (const SumTable* table : tables) {
    keys += table->keys();
  }
  const std::uint64_t wanted = std::min(keys / range_records, ranges_max - cuts.size() - 1);
  std::vector<std::uint64_t> sample;
  for (std::size_t i = 0; wanted > 0 && i < tables.size(); ++i) {
    const auto share = wanted * samples_per_range * tables[i]->keys() / keys;
    const auto some = tables[i]->sample(share + 1);
    sample.insert(sample.end(), some.begin(), some.end());
  }
  std::sort(sample.begin(), sample.end());
  ends_ = cuts;
  for (std::uint64_t i = 1; i <= wanted && !sample.empty(); ++i) {
    ends_.push_back(sample[i * sample.size() / (wanted + 1)]);
  }
  ends_.push_back(UINT64_MAX);
  std::sort(ends_.begin(), ends_.end());
  ends_.erase(std::unique(ends_.begin(), ends_.end()), ends_.end());
  search_ = ends_;
  search_.resize(std::bit_ceil(ends_.size() + 1) - 1, UINT64_MAX);
}

// Counts, then deals from a copy that the second-level cache holds.
Ordering::Grouped Ordering::grouped(SumTable& table) const {
  const std::span<Usage> entries = table.compact();
  Grouped grouped{.entries = entries, .ends = std::vector<std::uint32_t>(ends_.size())};
  if (ends_.size() == 1) {
    grouped.ends.front() = static_cast<std::uint32_t>(entries.size());
    return grouped;
  }
  const std::vector<Usage> copy(entries.begin(), entries.end());
  std::vector<std::uint32_t> places(ends_.size() + 1);
  std::vector<std::uint16_t> ranges;
  ranges.reserve(copy.size());
  each_with_range(copy, search_, [&](const Usage& /*entry*/, std::uint32_t range) {
    ++places[range + 1];
    ranges.push_back(static_cast<std::uint16_t>(range));
  });
  for (std::size_t range = 1; range < places.size(); ++range) {
    places[range] += places[range - 1];
  }
  for (std::size_t i = 0; i < copy.size(); ++i) {
    entries[places[ranges[i]]++] = copy[i];
  }
  std::copy(places.begin(), places.end() - 1, grouped.ends.begin());
  return grouped;
}

KeyRange Ordering::range(std::size_t index) const {
  return {.begin = index == 0 ? 0 : ends_[index - 1], .end = ends_[index]};
}

std::uint64_t Ordering::records(std::size_t index) const {
  std::uint64_t records = 0;
  for (const Grouped& table : sums_) {
    records += table.of(index).size();
  }
  return records;
}

// All entries of a range in one place, sorted.
std::vector<Usage> Ordering::gathered(const std::vector<Grouped>& tables, std::size_t index) {
  std::size_t count = 0;
  for (const Grouped& table : tables) {
    count += table.of(index).size();
    __builtin_prefetch(table.of(index).data());
  }
  std::vector<Usage> entries;
  entries.reserve(count);
  for (const Grouped& table : tables) {
    const auto part = table.of(index);
    entries.insert(entries.end(), part.begin(), part.end());
  }
  return spread_sorted(std::move(entries));
}

class RangeCursor final : public SumCursor {
 public:
  RangeCursor(const Ordering& ordering, std::size_t index)
      : ordering_(ordering), index_(index), keys_(ordering.records(index)) {}

  Result<void> rewind() override {
    if (!gathered_) {
      sums_ = Ordering::gathered(ordering_.sums_, index_);
      carries_ = Ordering::gathered(ordering_.carries_, index_);
      gathered_ = true;
    }
    sum_ = sums_.begin();
    carry_ = carries_.begin();
    return {};
  }

  Result<std::span<const SumEntry>> next() override {
    if (!gathered_) {
      TRY(rewind());
    }
    std::size_t count = 0;
    while (count < batch_.size() && sum_ != sums_.end()) {
      batch_[count++] = take_key();
    }
    return std::span<const SumEntry>(batch_).first(count);
  }

  KeyKind key_kind() const override { return KeyKind::integer; }
  std::uint64_t keys() const override { return keys_; }

 private:
  SumEntry take_key() {
    SumEntry entry{.id = sum_->consumer, .text = {}, .sum = sum_->amount};
    for (++sum_; sum_ != sums_.end() && sum_->consumer == entry.id; ++sum_) {
      entry.sum += sum_->amount;
    }
    for (; carry_ != carries_.end() && carry_->consumer == entry.id; ++carry_) {
      entry.sum += Int128{carry_->amount} * (Int128{1} << 64);
    }
    return entry;
  }

  const Ordering& ordering_;
  const std::size_t index_;
  const std::uint64_t keys_;
  bool gathered_ = false;
  std::vector<Usage> sums_;
  std::vector<Usage> carries_;
  std::vector<Usage>::const_iterator sum_;
  std::vector<Usage>::const_iterator carry_;
  std::array<SumEntry, limits::cursor_batch_entries> batch_;
};

std::unique_ptr<SumCursor> Ordering::cursor(std::size_t index) const {
  return std::make_unique<RangeCursor>(*this, index);
}

}  // namespace weir
