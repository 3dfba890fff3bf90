// SPDX-License-Identifier: Apache-2.0
#include "fold/ordering.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"
#include "fold/limits.h"
#include "fold/spread_sort.h"

namespace weir {
namespace {

constexpr std::uint64_t range_records = 32 << 10;  // sorted at a time: 512 KiB
constexpr std::uint64_t ranges_max = 1024;
constexpr std::uint64_t samples_per_range = 64;

// The range of each of some keys: how many ends are not above it. A binary search without a branch,
// for several keys at once, so that their loads overlap. ends: 2^steps - 1 of them, or padded so.
template <std::size_t width>
std::array<std::uint32_t, width> ranges_of(std::span<const Usage> records,
                                           std::span<const std::uint64_t> ends) {
  std::array<std::uint32_t, width> found{};
  for (std::size_t step = (ends.size() + 1) / 2; step > 0; step /= 2) {
    for (std::size_t i = 0; i < width; ++i) {
      const bool above = ends[found[i] + step - 1] <= records[i].consumer;
      found[i] += above ? static_cast<std::uint32_t>(step) : 0;
    }
  }
  return found;
}

}  // namespace

Ordering::Ordering(Tasks& tasks, int jobs, std::span<Heaped* const> heaps,
                   const std::vector<std::uint64_t>& cuts) {
  choose_ends(heaps, cuts);
  for (int i = 0; i < jobs; ++i) {
    dealt_.push_back(std::make_unique<Dealt>(ends_.size()));
  }
  std::atomic<std::size_t> next = 0;
  const auto work = [&](Dealt& dealt) {
    for (std::size_t i = next++; i < heaps.size(); i = next++) {
      heaps[i]->pour([&](std::span<const Usage> sums) { deal(sums, dealt.sums); },
                     [&](std::span<const Usage> carries) { deal(carries, dealt.carries); });
    }
  };
  std::vector<std::unique_ptr<Task>> others;
  for (std::size_t i = 1; i < dealt_.size() && i < heaps.size(); ++i) {
    others.push_back(tasks.spawn("order-" + std::to_string(i), [&, i] { work(*dealt_[i]); }));
  }
  work(*dealt_.front());
  // The tasks join as they go out of scope.
}

void Ordering::choose_ends(std::span<Heaped* const> heaps, const std::vector<std::uint64_t>& cuts) {
  std::uint64_t records = 0;
  for (const Heaped* heap : heaps) {
    records += heap->records();
  }
  const std::uint64_t wanted = std::min(records / range_records, ranges_max - cuts.size() - 1);
  std::vector<std::uint64_t> sample;
  if (wanted > 0) {
    const std::uint64_t every = std::max<std::uint64_t>(records / (wanted * samples_per_range), 1);
    for (const Heaped* heap : heaps) {
      heap->sample(every, [&](std::span<const Usage> some) {
        for (const Usage& usage : some) {
          sample.push_back(usage.consumer);
        }
      });
    }
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

void Ordering::deal(std::span<const Usage> records, Scatter& into) const {
  constexpr std::size_t width = 16;
  std::size_t at = 0;
  for (; at + width <= records.size(); at += width) {
    const auto found = ranges_of<width>(records.subspan(at, width), search_);
    for (std::size_t i = 0; i < width; ++i) {
      into.add(found[i], records[at + i]);
    }
  }
  for (; at < records.size(); ++at) {
    into.add(ranges_of<1>(records.subspan(at, 1), search_)[0], records[at]);
  }
}

bool Ordering::failed() const {
  return std::any_of(dealt_.begin(), dealt_.end(), [](const auto& dealt) {
    return dealt->sums.failed() || dealt->carries.failed();
  });
}

KeyRange Ordering::range(std::size_t index) const {
  return {.begin = index == 0 ? 0 : ends_[index - 1], .end = ends_[index]};
}

std::uint64_t Ordering::records(std::size_t index) const {
  std::uint64_t records = 0;
  for (const auto& dealt : dealt_) {
    records += dealt->sums.records(index);
  }
  return records;
}

// All records of a range in one place, sorted.
std::vector<Usage> Ordering::gathered(std::size_t index, Scatter Dealt::* which) const {
  std::vector<Usage> records;
  for (const auto& dealt : dealt_) {
    const Scatter& scatter = (*dealt).*which;
    records.reserve(records.size() + scatter.records(index));
    scatter.each(index, [&](std::span<const Usage> part) {
      records.insert(records.end(), part.begin(), part.end());
    });
  }
  return spread_sorted(std::move(records));
}

class RangeCursor final : public SumCursor {
 public:
  RangeCursor(const Ordering& ordering, std::size_t index)
      : ordering_(ordering), index_(index), keys_(ordering.records(index)) {}

  Result<void> rewind() override {
    if (!gathered_) {
      sums_ = ordering_.gathered(index_, &Ordering::Dealt::sums);
      carries_ = ordering_.gathered(index_, &Ordering::Dealt::carries);
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
