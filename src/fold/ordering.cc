// SPDX-License-Identifier: Apache-2.0
#include "fold/ordering.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>
#include <utility>

#include "base/check.h"
#include "fold/limits.h"

namespace weir {
namespace {

constexpr std::uint64_t ranges_max = 1024;
constexpr std::uint64_t samples_per_range = 64;
constexpr std::size_t searched_together = 16;
static_assert(limits::order_cuts_max < ranges_max / 2 + 2);

// Calls see(entry, its range) for each.
template <class Entry, class Order, class See>
void each_with_range(std::span<const Entry> entries, const Order& order, const See& see) {
  std::array<std::uint32_t, searched_together> ranges;
  while (!entries.empty()) {
    const auto some = entries.first(std::min(entries.size(), searched_together));
    order.ranges_of(some, ranges);
    for (std::size_t i = 0; i < some.size(); ++i) {
      see(some[i], ranges[i]);
    }
    entries = entries.subspan(some.size());
  }
}

}  // namespace

template <class Line>
OrderingOf<Line>::OrderingOf(Tasks& tasks, int jobs, std::span<Table* const> tables,
                             std::vector<Cut> cuts)
    : order_(order_of(tables, std::move(cuts))), sums_(tables.size()) {
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
  for (Table* const table : tables) {
    if (table->carries() != nullptr) {
      carries_.push_back(grouped(*table->carries()));
    }
  }
  // The tasks join as they go out of scope.
}

template <class Line>
auto OrderingOf<Line>::order_of(std::span<Table* const> tables, std::vector<Cut> cuts) -> Order {
  CHECK(cuts.size() <= limits::order_cuts_max);
  std::uint64_t keys = 0;
  for (const Table* table : tables) {
    keys += table->keys();
  }
  const std::uint64_t wanted = std::min(keys / Order::range_records, ranges_max - cuts.size() - 1);
  std::vector<Cut> sample;
  for (std::size_t i = 0; wanted > 0 && i < tables.size(); ++i) {
    const auto share = wanted * samples_per_range * tables[i]->keys() / keys;
    for (const auto& key : tables[i]->sample(share + 1)) {
      sample.push_back(Order::cut_at(key));
    }
  }
  std::sort(sample.begin(), sample.end());
  for (std::uint64_t i = 1; i <= wanted && !sample.empty(); ++i) {
    cuts.push_back(sample[i * sample.size() / (wanted + 1)]);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return Order(std::move(cuts));
}

// Counts, then deals from a copy that the second-level cache holds.
template <class Line>
auto OrderingOf<Line>::grouped(Table& table) const -> Grouped {
  const std::span<Entry> entries = table.compact();
  Grouped grouped{.entries = entries, .ends = std::vector<std::uint32_t>(ranges())};
  if (ranges() == 1) {
    grouped.ends.front() = static_cast<std::uint32_t>(entries.size());
    return grouped;
  }
  const std::vector<Entry> copy(entries.begin(), entries.end());
  std::vector<std::uint32_t> places(ranges() + 1);
  std::vector<std::uint16_t> of_each;
  of_each.reserve(copy.size());
  each_with_range(std::span(copy), order_, [&](const Entry& /*entry*/, std::uint32_t range) {
    ++places[range + 1];
    of_each.push_back(static_cast<std::uint16_t>(range));
  });
  for (std::size_t range = 1; range < places.size(); ++range) {
    places[range] += places[range - 1];
  }
  for (std::size_t i = 0; i < copy.size(); ++i) {
    entries[places[of_each[i]]++] = copy[i];
  }
  std::copy(places.begin(), places.end() - 1, grouped.ends.begin());
  return grouped;
}

template <class Line>
std::uint64_t OrderingOf<Line>::records(std::size_t index) const {
  std::uint64_t records = 0;
  for (const Grouped& table : sums_) {
    records += table.of(index).size();
  }
  return records;
}

// All entries of a range in one place, sorted.
template <class Line>
auto OrderingOf<Line>::gathered(const std::vector<Grouped>& tables, std::size_t index)
    -> std::vector<Entry> {
  std::size_t count = 0;
  for (const Grouped& table : tables) {
    count += table.of(index).size();
    __builtin_prefetch(table.of(index).data());
  }
  std::vector<Entry> entries;
  entries.reserve(count);
  for (const Grouped& table : tables) {
    const auto part = table.of(index);
    entries.insert(entries.end(), part.begin(), part.end());
  }
  return Order::sorted(std::move(entries));
}

template <class Line>
class OrderingOf<Line>::Cursor final : public SumCursor {
 public:
  Cursor(const OrderingOf& ordering, std::size_t index)
      : ordering_(ordering), index_(index), keys_(ordering.records(index)) {}

  Result<void> rewind() override {
    if (!gathered_) {
      sums_ = gathered(ordering_.sums_, index_);
      carries_ = gathered(ordering_.carries_, index_);
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
      batch_[count] = take_key(texts_[count]);
      ++count;
    }
    return std::span<const SumEntry>(batch_).first(count);
  }

  KeyKind key_kind() const override { return Line::kind; }
  std::uint64_t keys() const override { return keys_; }

 private:
  SumEntry take_key(typename Order::Text& text) {
    const auto& key = key_of(*sum_);
    SumEntry entry = Order::entry_of(*sum_, text);
    for (++sum_; sum_ != sums_.end() && key_of(*sum_) == key; ++sum_) {
      entry.sum += sum_->amount;
    }
    for (; carry_ != carries_.end() && key_of(*carry_) == key; ++carry_) {
      entry.sum += Int128{carry_->amount} * (Int128{1} << 64);
    }
    return entry;
  }

  const OrderingOf& ordering_;
  const std::size_t index_;
  const std::uint64_t keys_;
  bool gathered_ = false;
  std::vector<Entry> sums_;
  std::vector<Entry> carries_;
  typename std::vector<Entry>::const_iterator sum_;
  typename std::vector<Entry>::const_iterator carry_;
  std::array<SumEntry, limits::cursor_batch_entries> batch_;
  std::array<typename Order::Text, limits::cursor_batch_entries> texts_;
};

template <class Line>
std::unique_ptr<SumCursor> OrderingOf<Line>::cursor(std::size_t index) const {
  return std::make_unique<Cursor>(*this, index);
}

template class OrderingOf<SumLine>;
template class OrderingOf<TextLine>;

}  // namespace weir
