// SPDX-License-Identifier: Apache-2.0
// Sums by text key: open addressing (slots.h) with 24 bytes a key beside its own bytes. One stretch
// of memory holds both, so that each takes what the keys at hand make it need:
//
//   | slots: hash, place, sum -> grows |      free      | grows <- bytes of the keys |
//
// Records are looked up in groups, as in sum_table.cc, in three short loops: hash and prefetch the
// slot; prefetch the key's bytes where the hash is equal; compare and add.
#include "fold/text_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/check.h"
#include "fold/carry_table.h"
#include "fold/slots.h"
#include "fold/table_cursor.h"
#include "fold/text_sort.h"
#include "model/limits.h"

namespace weir {
namespace {

constexpr std::uint64_t slots_first = 64;
constexpr std::size_t roomy_bytes = 512 << 10;  // of slots, up to which they are kept half empty
constexpr std::size_t group_records = 32;
constexpr std::size_t carry_share = 16;  // one part in so many is for carries

struct TextHash {
  std::uint64_t operator()(const TextSlot& slot) const { return slot.word; }
};

class HashedTextTable final : public TextTable {
 public:
  explicit HashedTextTable(const TextTableOptions& options)
      : seed_(options.seed.first),
        entries_max_(std::max<std::uint64_t>(options.entries_max, 1)),
        room_(options.bytes - options.bytes / carry_share),
        slots_(TextHash{}),
        carries_(options.seed, options.bytes / carry_share) {
    CHECK(room_.bytes() >= slots_first * sizeof(TextSlot) + limits::text_key_bytes);
  }

  std::size_t add(std::span<const TextUsage> batch) override;
  std::uint64_t keys() const override { return keys_; }
  void sort() override;
  std::unique_ptr<SumCursor> cursor() const override;
  void clear() override;

 private:
  std::size_t add_group(std::span<const TextUsage> group);
  void look_up(std::span<const TextUsage> group);
  TextSlot* find(std::string_view key, std::uint64_t hash) const;
  bool insert(TextSlot& slot, std::string_view key, std::uint64_t hash);
  bool make_room();
  std::uint64_t fitting_capacity() const;

  std::string_view key_of(const TextSlot& slot) const {
    return {room_.begin() + slot.offset(), slot.length()};
  }
  std::uint64_t free_bytes() const {
    return room_.bytes() - slots_.capacity() * sizeof(TextSlot) - key_bytes_;
  }

  const std::uint64_t seed_;
  const std::uint64_t entries_max_;
  Room room_;
  Slots<TextSlot, TextHash> slots_;
  CarryTable carries_;
  std::array<std::uint64_t, group_records> hashes_{};  // of the group that is being added
  std::uint64_t key_bytes_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t keys_limit_ = 0;  // at which the table grows, or is full
};

std::size_t HashedTextTable::add(std::span<const TextUsage> batch) {
  std::size_t taken = 0;
  if (keys_limit_ == 0 && !make_room()) {
    return 0;
  }
  while (taken < batch.size()) {
    const auto group = batch.subspan(taken, std::min(group_records, batch.size() - taken));
    look_up(group);
    const std::size_t added = add_group(group);
    taken += added;
    if (added < group.size() && !make_room()) {
      break;
    }
  }
  return taken;
}

// Hashes the group, and asks the memory for what adding it will touch.
void HashedTextTable::look_up(std::span<const TextUsage> group) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const std::string_view key = group[i].consumer;
    CHECK(!key.empty() && key.size() <= limits::text_key_bytes);
    hashes_[i] = XXH3_64bits_withSeed(key.data(), key.size(), seed_);
    __builtin_prefetch(slots_.home(hashes_[i]), 1);
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    const TextSlot* const slot = slots_.home(hashes_[i]);
    if (slot->word == hashes_[i]) {
      __builtin_prefetch(room_.begin() + slot->offset());
    }
  }
}

// Returns how many it added before there was no room for a key or a carry.
std::size_t HashedTextTable::add_group(std::span<const TextUsage> group) {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const auto [key, amount] = group[i];
    TextSlot& slot = *find(key, hashes_[i]);
    if (!slot.used() && !insert(slot, key, hashes_[i])) [[unlikely]] {
      return i;
    }
    std::int64_t sum = 0;
    if (__builtin_add_overflow(slot.sum, amount, &sum) &&
        !carries_.add(slot.place, amount < 0 ? -1 : 1)) [[unlikely]] {
      return i;
    }
    slot.sum = sum;
  }
  return group.size();
}

// The key's slot, or the free one where it would be.
TextSlot* HashedTextTable::find(std::string_view key, std::uint64_t hash) const {
  TextSlot* slot = slots_.home(hash);
  while (slot->used() && (slot->word != hash || key_of(*slot) != key)) {
    slot = slots_.after(slot);
  }
  return slot;
}

bool HashedTextTable::insert(TextSlot& slot, std::string_view key, std::uint64_t hash) {
  if (keys_ == keys_limit_ || free_bytes() < key.size()) {
    return false;
  }
  key_bytes_ += key.size();
  const std::uint64_t offset = room_.bytes() - key_bytes_;
  std::memcpy(room_.begin() + offset, key.data(), key.size());
  slot = {.word = hash, .place = offset << TextSlot::length_bits | key.size()};
  ++keys_;
  return true;
}

// Where the table may have more slots: grows. False: full.
bool HashedTextTable::make_room() {
  if (keys_ < keys_limit_ || keys_limit_ == entries_max_ || !room_.allocate()) {
    return false;
  }
  const std::uint64_t fitting = fitting_capacity();
  const std::uint64_t capacity = std::min(std::max(slots_.capacity() * 2, slots_first), fitting);
  if (capacity < slots_.capacity() + slots_.capacity() / 8 || capacity < slots_first) {
    return false;
  }
  CHECK(capacity * sizeof(TextSlot) + key_bytes_ <= room_.bytes());
  slots_.grow(reinterpret_cast<TextSlot*>(room_.begin()), capacity);
  const bool roomy = capacity * sizeof(TextSlot) <= roomy_bytes;
  keys_limit_ = std::min(capacity / 8 * (roomy && capacity < fitting ? 4 : 6), entries_max_);
  return true;
}

// How many slots leave just enough room for the bytes of as many keys as they may hold (three in
// four), if those are as long as the keys so far.
std::uint64_t HashedTextTable::fitting_capacity() const {
  if (keys_ == 0) {
    return slots_first;
  }
  const double key_bytes = static_cast<double>(key_bytes_) / static_cast<double>(keys_);
  const double slot_bytes = sizeof(TextSlot) + key_bytes * 3 / 4;
  return static_cast<std::uint64_t>(static_cast<double>(room_.bytes()) / slot_bytes);
}

void HashedTextTable::sort() {
  const std::span<TextSlot> sums(slots_.begin(), slots_.compact());
  CHECK(sums.size() == keys_);
  sort_text_slots(sums, room_.begin());
}

std::unique_ptr<SumCursor> HashedTextTable::cursor() const {
  return table_cursor(std::span<const TextSlot>(slots_.begin(), keys_), KeyKind::text,
                      [this](const TextSlot& slot) {
                        const Int128 sum = with_carry(slot.sum, carries_.of(slot.place));
                        return SumEntry{.text = key_of(slot), .sum = sum};
                      });
}

// Few slots again: the next keys may be longer, and need the room for their bytes.
void HashedTextTable::clear() {
  slots_.clear(std::min(slots_.capacity(), slots_first));
  carries_.clear();
  keys_limit_ = std::min(slots_.capacity() / 8 * 4, entries_max_);
  key_bytes_ = 0;
  keys_ = 0;
}

}  // namespace

std::unique_ptr<TextTable> make_text_table(const TextTableOptions& options) {
  return std::make_unique<HashedTextTable>(options);
}

}  // namespace weir
