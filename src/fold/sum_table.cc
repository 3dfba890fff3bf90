// SPDX-License-Identifier: Apache-2.0
// Sums by integer key: open addressing (slots.h) with 16 bytes a key.
//
//   batch -> groups of 32:  1. the home of each key, and a prefetch of it
//                           2. add where the key is, or put it into the first free slot
//
// Two short loops, so that up to 32 cache misses are under way at once: at a million keys 1.4 times
// the records a second, at ten thousand no difference. What mispredicts is whether a key lies at
// its home; so a table that fits the second-level cache is kept two thirds empty (175 M records/s
// a core at ten thousand keys), and a larger one, where misses rule, a quarter.
#include "fold/sum_table.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "fold/carry_table.h"
#include "fold/radix_sort.h"
#include "fold/slots.h"
#include "fold/table_cursor.h"

namespace weir {
namespace {

constexpr std::uint64_t slots_first = 1024;
constexpr std::size_t roomy_bytes = 512 << 10;  // of slots, up to which they are kept mostly empty
constexpr std::size_t group_records = 32;
constexpr std::size_t carry_share = 16;  // one part in so many is for carries

struct SumSlot {
  std::uint64_t tag = 0;  // key + 1; 0: free
  std::int64_t sum = 0;   // modulo 2^64
  bool used() const { return tag != 0; }
};

struct SumHash {
  IntegerHash hash;
  std::uint64_t operator()(const SumSlot& slot) const { return hash(slot.tag - 1); }
};

class SumTable final : public KeyTable {
 public:
  explicit SumTable(const KeyTableOptions& options)
      : hash_{IntegerHash(options.seed)},
        entries_max_(std::max<std::uint64_t>(options.entries_max, 1)),
        room_(options.bytes - options.bytes / carry_share),
        slots_(hash_),
        carries_(options.seed, options.bytes / carry_share) {}

  std::size_t add(std::span<const Usage> batch) override;
  std::size_t add(std::span<const TextUsage> batch) override {
    CHECK(batch.empty());
    return 0;
  }
  std::uint64_t keys() const override { return keys_; }
  void sort() override;
  std::unique_ptr<SumCursor> cursor() const override;
  void clear() override;

 private:
  std::size_t add_group(std::span<const Usage> group);
  bool make_room();
  std::uint64_t limit_at(std::uint64_t capacity) const;

  const SumHash hash_;
  const std::uint64_t entries_max_;
  Room room_;
  Slots<SumSlot, SumHash> slots_;
  CarryTable carries_;
  std::uint64_t keys_ = 0;
  std::uint64_t keys_limit_ = 0;  // at which the table grows, or is full
};

std::size_t SumTable::add(std::span<const Usage> batch) {
  std::uint64_t all_bits = 0;
  for (const Usage& usage : batch) {
    all_bits |= usage.consumer;
  }
  CHECK(all_bits >> 63 == 0);  // so that key + 1 is never 0
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
  std::array<SumSlot*, group_records> homes;
  for (std::size_t i = 0; i < group.size(); ++i) {
    homes[i] = slots_.home(hash_.hash(group[i].consumer));
    __builtin_prefetch(homes[i], 1);
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    const auto [key, amount] = group[i];
    SumSlot* slot = homes[i];
    while (slot->tag != key + 1 && slot->used()) {
      slot = slots_.after(slot);
    }
    if (!slot->used()) [[unlikely]] {
      if (keys_ == keys_limit_) {
        return i;
      }
      ++keys_;
      slot->tag = key + 1;
    }
    std::int64_t sum = 0;
    if (__builtin_add_overflow(slot->sum, amount, &sum) && !carries_.add(key, amount < 0 ? -1 : 1))
        [[unlikely]] {
      return i;
    }
    slot->sum = sum;
  }
  return group.size();
}

// The table has no room for a key: grow. False: at its largest, or the carries are.
bool SumTable::make_room() {
  const std::uint64_t capacity_max = room_.bytes() / sizeof(SumSlot);
  if (keys_ < keys_limit_ || keys_limit_ == entries_max_ || slots_.capacity() == capacity_max ||
      !room_.allocate()) {
    return false;
  }
  std::uint64_t capacity = std::max(slots_.capacity() * 2, slots_first);
  if (capacity > capacity_max / 4 * 3) {  // rather one larger step than a last small one
    capacity = capacity_max;
  }
  slots_.grow(reinterpret_cast<SumSlot*>(room_.begin()), capacity);
  keys_limit_ = limit_at(capacity);
  return true;
}

std::uint64_t SumTable::limit_at(std::uint64_t capacity) const {
  const bool roomy = capacity * sizeof(SumSlot) <= roomy_bytes;
  const bool largest = capacity == room_.bytes() / sizeof(SumSlot);
  return std::min(capacity / 8 * (largest ? 7 : roomy ? 3 : 6), entries_max_);
}

void SumTable::sort() {
  const std::span<SumSlot> sums(slots_.begin(), slots_.compact());
  CHECK(sums.size() == keys_);
  radix_sort(sums, [](const SumSlot& slot) { return slot.tag; });
}

std::unique_ptr<SumCursor> SumTable::cursor() const {
  return table_cursor(std::span<const SumSlot>(slots_.begin(), keys_), KeyKind::integer,
                      [this](const SumSlot& slot) {
                        const std::uint64_t id = slot.tag - 1;
                        const Int128 sum = with_carry(slot.sum, carries_.of(id));
                        return SumEntry{.id = id, .text = {}, .sum = sum};
                      });
}

// The capacity stays: what filled the table once will fill it again.
void SumTable::clear() {
  slots_.clear(slots_.capacity());
  carries_.clear();
  keys_ = 0;
}

}  // namespace

std::unique_ptr<KeyTable> make_sum_table(const KeyTableOptions& options) {
  return std::make_unique<SumTable>(options);
}

}  // namespace weir
