// SPDX-License-Identifier: Apache-2.0
// Open addressing (slots.h) with 32 bytes a key. A slot holds a hash; the same stretch of memory
// the keys' bytes, so that each of both takes what the keys at hand make it need:
//
//   | slots: hash, sum -> grows |      free      | grows <- bytes of keys |
//
// Records are added in groups of 32, in short loops, as in sum_table.cc: first the hash of each
// key, its home, and a prefetch of it; then a prefetch of the bytes that it is to be compared with;
// and then the additions. The homes of the next group are asked for before the additions of this
// one, so that no cache miss is waited for.
#include "fold/text_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/check.h"
#include "fold/pages.h"
#include "fold/slots.h"
#include "model/limits.h"

namespace weir {
namespace {

constexpr std::uint64_t slots_first = 64;
constexpr std::size_t group_records = 32;

constexpr std::size_t budget_step_bytes = 64 << 10;
constexpr std::size_t huge_from_bytes = 2 << 20;  // of slots: before that, pages are small

struct SlotHash {
  std::uint64_t operator()(const TextSlot& slot) const { return slot.hash; }
};

// A record that is about to be added.
struct Asked {
  std::uint64_t hash = 0;
  TextSlot* home = nullptr;
};
using Group = std::array<Asked, group_records>;

class HashedTextTable final : public TextTable {
 public:
  explicit HashedTextTable(const TextTableOptions& options)
      : seed_(options.seed.first),
        entries_max_(std::max<std::uint64_t>(options.entries_max, 1)),
        bytes_(options.bytes),
        budget_(options.budget),
        bytes_first_(budget_ == nullptr ? bytes_ : options.bytes_first),
        bytes_allowed_(bytes_first_),
        slots_(SlotHash()) {
    CHECK(bytes_first_ <= bytes_);
    CHECK(bytes_first_ >= slots_first * sizeof(TextSlot) + limits::text_key_bytes);
  }
  ~HashedTextTable() override { give_back(); }

  std::size_t add(std::span<const TextUsage> batch) override;
  std::uint64_t keys() const override { return keys_; }
  SortedTexts sort() override;
  void clear() override;

 private:
  void ask_for(std::span<const TextUsage> batch, Group& group) const;
  void fetch_bytes(std::span<const Asked> group) const;
  std::size_t add_groups(std::span<const TextUsage> batch);
  std::size_t add_group(std::span<const TextUsage> batch, const Group& group);
  TextSlot* find(const Asked& asked, std::string_view text) const;
  bool insert(TextSlot& slot, std::uint64_t hash, std::string_view text);
  bool make_room();
  bool grow(std::uint64_t capacity);
  bool allow(std::size_t bytes);
  void give_back();
  std::uint64_t fitting_capacity() const;

  const std::uint64_t seed_;
  const std::uint64_t entries_max_;
  const std::size_t bytes_;
  Budget* const budget_;  // may be absent
  const std::size_t bytes_first_;
  std::size_t bytes_allowed_;  // at first, and from the budget
  Pages room_;                 // none before the first record
  Slots<TextSlot, SlotHash> slots_;
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
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::string_view text = batch[i].consumer;
    CHECK(text.size() - 1 < limits::text_key_bytes);
    const std::uint64_t hash = XXH3_64bits_withSeed(text.data(), text.size(), seed_);
    group[i] = {hash, slots_.home(hash)};
    __builtin_prefetch(group[i].home, 1);
  }
}

// Asks for the bytes of keys, as the slots have arrived.
void HashedTextTable::fetch_bytes(std::span<const Asked> group) const {
  for (const Asked& asked : group) {
    if (asked.home->used() && asked.home->hash == asked.hash) {
      __builtin_prefetch(room_.begin() + asked.home->offset());
    }
  }
}

std::size_t HashedTextTable::add_group(std::span<const TextUsage> batch, const Group& group) {
  fetch_bytes(std::span(group).first(batch.size()));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    TextSlot& slot = *find(group[i], batch[i].consumer);
    if (!slot.used() && !insert(slot, group[i].hash, batch[i].consumer)) [[unlikely]] {
      return i;
    }
    slot.add(batch[i].amount);
  }
  return batch.size();
}

// The key's slot, or the free one where it would be.
TextSlot* HashedTextTable::find(const Asked& asked, std::string_view text) const {
  TextSlot* slot = asked.home;
  while (slot->used() && (slot->hash != asked.hash || slot->text(room_.begin()) != text)) {
    slot = slots_.after(slot);
  }
  return slot;
}

bool HashedTextTable::insert(TextSlot& slot, std::uint64_t hash, std::string_view text) {
  const std::size_t used = slots_.capacity() * sizeof(TextSlot) + key_bytes_;
  if (keys_ == keys_limit_ || !allow(used + text.size())) {
    return false;
  }
  key_bytes_ += text.size();
  const std::uint64_t offset = bytes_ - key_bytes_;
  std::memcpy(room_.begin() + offset, text.data(), text.size());
  slot = {.hash = hash, .place = offset << TextSlot::length_bits | text.size()};
  ++keys_;
  return true;
}

// So many bytes in all; where there are, a step more at a time.
bool HashedTextTable::allow(std::size_t bytes) {
  if (bytes <= bytes_allowed_) {
    return true;
  }
  const std::size_t needed = bytes - bytes_allowed_;
  std::size_t more = std::min(std::max(needed, budget_step_bytes), bytes_ - bytes_allowed_);
  if (bytes > bytes_) {
    return false;
  }
  if (!budget_->take(more)) {
    more = needed;
    if (!budget_->take(more)) {
      return false;
    }
  }
  bytes_allowed_ += more;
  return true;
}

void HashedTextTable::give_back() {
  if (bytes_allowed_ > bytes_first_) {
    budget_->give(bytes_allowed_ - bytes_first_);
  }
  bytes_allowed_ = bytes_first_;
}

// Where the table may have more slots: grows. False: full.
bool HashedTextTable::make_room() {
  if (keys_ < keys_limit_ || keys_limit_ == entries_max_) {
    return false;
  }
  if (room_.begin() == nullptr) {
    room_ = Pages(bytes_);
  }
  const std::uint64_t now = slots_.capacity();
  const std::uint64_t fitting = fitting_capacity();
  return room_.begin() != nullptr && (grow(std::min(std::max(now * 2, slots_first), fitting)) ||
                                      grow(std::min(now + now / 8 / 2 * 2, fitting)));
}

bool HashedTextTable::grow(std::uint64_t capacity) {
  if (capacity < std::max(slots_.capacity() + slots_.capacity() / 16, slots_first) ||
      capacity <= slots_.capacity() || !allow(capacity * sizeof(TextSlot) + key_bytes_)) {
    return false;
  }
  if (capacity * sizeof(TextSlot) >= huge_from_bytes) {
    room_.prefer_huge();
  }
  slots_.grow(reinterpret_cast<TextSlot*>(room_.begin()), capacity);
  keys_limit_ = std::min(capacity / 8 * 6, entries_max_);
  return true;
}

// How many slots leave just enough room for the bytes of as many keys as they may hold (three in
// four), if those are as long as the keys so far. Even.
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
  sort_text_slots(sums, room_.begin());
  return sums.empty() ? SortedTexts() : SortedTexts{{.slots = sums, .room = room_.begin()}};
}

// No slots again: the next keys may be longer, and need the room for their bytes.
void HashedTextTable::clear() {
  slots_.clear(0);
  if (room_.begin() != nullptr) {
    room_.forget(0, bytes_);
  }
  give_back();
  keys_limit_ = 0;
  key_bytes_ = 0;
  keys_ = 0;
}

}  // namespace

std::unique_ptr<TextTable> make_text_table(const TextTableOptions& options) {
  return std::make_unique<HashedTextTable>(options);
}

}  // namespace weir
