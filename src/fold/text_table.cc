// SPDX-License-Identifier: Apache-2.0
// Sums by text key: open addressing (slots.h) with 32 bytes a key. Most keys are in their slot
// (text_key.h); of the others it holds a hash, and the same stretch of memory their bytes, so that
// each takes what the keys at hand make it need:
//
//   | slots: key, sum -> grows |      free      | grows <- bytes of keys that are elsewhere |
//
// Records are added in groups of 32, in short loops, as in sum_table.cc: first the words of each
// key, its home, and a prefetch of it; and then the additions. The homes of the next group are
// asked for before the additions of this one, so that no cache miss is waited for. A slot is half
// a cache line, and its home the first half: both are compared without a branch.
#include "fold/text_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/check.h"
#include "base/int128.h"
#include "fold/pages.h"
#include "fold/slots.h"
#include "model/limits.h"

namespace weir {
namespace {

constexpr std::uint64_t slots_first = 64;
constexpr std::size_t group_records = 32;

// Of two words: a 128-bit product folded, then multiplied once more (see IntegerHash).
class WordsHash {
 public:
  explicit WordsHash(HashSeed seed) : seed_(seed) {}
  [[gnu::always_inline]] std::uint64_t operator()(std::uint64_t high, std::uint64_t low) const {
    const UInt128 product = UInt128{high ^ seed_.first} * (low ^ seed_.second);
    constexpr std::uint64_t spread = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio, odd
    return (static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64)) *
           spread;
  }
  std::uint64_t operator()(const TextSlot& slot) const {
    return slot.elsewhere() ? slot.high : (*this)(slot.high, slot.low);
  }

 private:
  HashSeed seed_;
};

// A record that is about to be added. Of a key that is elsewhere, `high` is its hash.
struct Asked {
  TextKey key;
  TextSlot* home = nullptr;
};
struct Group {
  std::array<Asked, group_records> asked;
  bool elsewhere = false;  // one of its keys is
};

[[gnu::always_inline]] inline bool same(const TextSlot& slot, const TextKey& key) {
  return ((slot.high ^ key.high) | (slot.low ^ key.low) | (slot.kind() ^ key.kind)) == 0;
}

class HashedTextTable final : public TextTable {
 public:
  explicit HashedTextTable(const TextTableOptions& options)
      : hash_(options.seed),
        seed_(options.seed.first),
        entries_max_(std::max<std::uint64_t>(options.entries_max, 1)),
        bytes_(options.bytes),
        slots_(hash_) {
    CHECK(bytes_ >= slots_first * sizeof(TextSlot) + limits::text_key_bytes);
  }

  std::size_t add(std::span<const TextUsage> batch) override;
  std::uint64_t keys() const override { return keys_; }
  SortedTexts sort() override;
  void clear() override;

 private:
  void ask_for(std::span<const TextUsage> batch, Group& group) const;
  void fetch_bytes(const Group& group, std::size_t records) const;
  std::size_t add_groups(std::span<const TextUsage> batch);
  std::size_t add_group(std::span<const TextUsage> batch, const Group& group);
  TextSlot* find(const Asked& asked) const;
  TextSlot* find_elsewhere(const Asked& asked, std::string_view text) const;
  bool insert(TextSlot& slot, const TextKey& key, std::string_view text);
  bool make_room();
  std::uint64_t fitting_capacity() const;

  std::uint64_t free_bytes() const {
    return bytes_ - slots_.capacity() * sizeof(TextSlot) - key_bytes_;
  }

  const WordsHash hash_;
  const std::uint64_t seed_;
  const std::uint64_t entries_max_;
  const std::size_t bytes_;
  Pages room_;  // none before the first record
  Slots<TextSlot, WordsHash> slots_;
  std::uint64_t key_bytes_ = 0;  // elsewhere
  std::uint64_t keys_ = 0;
  std::uint64_t keys_limit_ = 0;  // at which the table grows, or is full
};

std::size_t HashedTextTable::add(std::span<const TextUsage> batch) {
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

// Until there is no room for a key; returns how many it added.
std::size_t HashedTextTable::add_groups(std::span<const TextUsage> batch) {
  std::array<Group, 2> groups;
  const auto group_at = [&](std::size_t at) {
    return at < batch.size() ? batch.subspan(at, std::min(group_records, batch.size() - at))
                             : std::span<const TextUsage>();
  };
  ask_for(group_at(0), groups[0]);
  for (std::size_t at = 0, turn = 0; at < batch.size(); at += group_records, turn ^= 1) {
    ask_for(group_at(at + group_records), groups[turn ^ 1]);
    const std::size_t added = add_group(group_at(at), groups[turn]);
    if (added < group_at(at).size()) {
      return at + added;
    }
  }
  return batch.size();
}

void HashedTextTable::ask_for(std::span<const TextUsage> batch, Group& group) const {
  group.elsewhere = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::string_view text = batch[i].consumer;
    CHECK(text.size() - 1 < limits::text_key_bytes);
    TextKey key = text_key(text);
    std::uint64_t hash = 0;
    if (key.kind == text_kind::elsewhere) {
      hash = key.high = XXH3_64bits_withSeed(text.data(), text.size(), seed_);
      group.elsewhere = true;
    } else {
      hash = hash_(key.high, key.low);
    }
    group.asked[i] = {key, slots_.home(hash)};
    __builtin_prefetch(group.asked[i].home, 1);
  }
}

// Asks for the bytes of keys that are elsewhere, as the slots have arrived.
void HashedTextTable::fetch_bytes(const Group& group, std::size_t records) const {
  for (const Asked& asked : std::span(group.asked).first(records)) {
    const TextSlot& slot = *asked.home;
    if (slot.elsewhere() && slot.high == asked.key.high) {
      __builtin_prefetch(room_.begin() + slot.offset());
    }
  }
}

std::size_t HashedTextTable::add_group(std::span<const TextUsage> batch, const Group& group) {
  if (group.elsewhere) {
    fetch_bytes(group, batch.size());
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Asked& asked = group.asked[i];
    TextSlot& slot = asked.key.kind == text_kind::elsewhere
                         ? *find_elsewhere(asked, batch[i].consumer)
                         : *find(asked);
    if (!slot.used() && !insert(slot, asked.key, batch[i].consumer)) [[unlikely]] {
      return i;
    }
    slot.add(batch[i].amount);
  }
  return batch.size();
}

// The key's slot, or the free one where it would be.
[[gnu::always_inline]] inline TextSlot* HashedTextTable::find(const Asked& asked) const {
  TextSlot* slot = asked.home;
  for (;;) {
    const bool first = same(slot[0], asked.key);
    const bool second = same(slot[1], asked.key);
    if (first || second) [[likely]] {
      return slot + second;
    }
    if (!slot[0].used() || !slot[1].used()) {
      return slot + (slot[0].used() ? 1 : 0);
    }
    slot = slots_.after(slot + 1);
  }
}

TextSlot* HashedTextTable::find_elsewhere(const Asked& asked, std::string_view text) const {
  TextSlot* slot = asked.home;
  const auto is_its = [&] {
    return slot->elsewhere() && slot->high == asked.key.high && slot->length() == text.size() &&
           std::memcmp(room_.begin() + slot->offset(), text.data(), text.size()) == 0;
  };
  while (slot->used() && !is_its()) {
    slot = slots_.after(slot);
  }
  return slot;
}

bool HashedTextTable::insert(TextSlot& slot, const TextKey& key, std::string_view text) {
  const bool elsewhere = key.kind == text_kind::elsewhere;
  if (keys_ == keys_limit_ || (elsewhere && free_bytes() < text.size())) {
    return false;
  }
  slot = {.high = key.high, .low = key.low, .tail = key.kind};
  if (elsewhere) {
    key_bytes_ += text.size();
    const std::uint64_t offset = bytes_ - key_bytes_;
    std::memcpy(room_.begin() + offset, text.data(), text.size());
    slot.low = offset << TextSlot::length_bits | text.size();
  }
  ++keys_;
  return true;
}

// Where the table may have more slots: grows. False: full.
bool HashedTextTable::make_room() {
  if (keys_ < keys_limit_ || keys_limit_ == entries_max_) {
    return false;
  }
  if (room_.begin() == nullptr) {
    room_ = Pages(bytes_);
    room_.prefer_huge();
  }
  const std::uint64_t fitting = fitting_capacity();
  const std::uint64_t capacity = std::min(std::max(slots_.capacity() * 2, slots_first), fitting);
  if (capacity < slots_.capacity() + slots_.capacity() / 8 || capacity < slots_first ||
      room_.begin() == nullptr) {
    return false;
  }
  CHECK(capacity * sizeof(TextSlot) + key_bytes_ <= bytes_);
  slots_.grow(reinterpret_cast<TextSlot*>(room_.begin()), capacity);
  keys_limit_ = std::min(capacity / 8 * 6, entries_max_);
  return true;
}

// How many slots leave just enough room for the bytes of as many keys as they may hold (three in
// four), if as many of those are elsewhere, and as long, as of the keys so far. Even.
std::uint64_t HashedTextTable::fitting_capacity() const {
  if (keys_ == 0) {
    return slots_first;
  }
  const double key_bytes = static_cast<double>(key_bytes_) / static_cast<double>(keys_);
  const double slot_bytes = sizeof(TextSlot) + key_bytes * 3 / 4;
  return static_cast<std::uint64_t>(static_cast<double>(bytes_) / slot_bytes) / 2 * 2;
}

SortedTexts HashedTextTable::sort() {
  const std::span<TextSlot> sums(slots_.begin(), slots_.compact());
  CHECK(sums.size() == keys_);
  return sort_text_slots(sums, room_.begin());
}

// Few slots again: the next keys may be longer, and need the room for their bytes.
void HashedTextTable::clear() {
  slots_.clear(std::min(slots_.capacity(), slots_first));
  keys_limit_ = std::min(slots_.capacity() / 8 * 6, entries_max_);
  key_bytes_ = 0;
  keys_ = 0;
}

}  // namespace

std::unique_ptr<TextTable> make_text_table(const TextTableOptions& options) {
  return std::make_unique<HashedTextTable>(options);
}

}  // namespace weir
