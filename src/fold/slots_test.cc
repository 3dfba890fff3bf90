// SPDX-License-Identifier: Apache-2.0
#include "fold/slots.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <optional>
#include <vector>

#include "base/random.h"

namespace weir {
namespace {

struct Slot {
  std::uint64_t key = 0;  // 0: free
  std::uint64_t hash = 0;
  bool used() const { return key != 0; }
};
struct SlotHash {
  std::uint64_t operator()(const Slot& slot) const { return slot.hash; }
};

class Table {
 public:
  explicit Table(std::uint64_t capacity_max) : memory_(capacity_max), slots_(SlotHash{}) {}

  void grow(std::uint64_t capacity) { slots_.grow(memory_.data(), capacity); }
  void put(const Slot& entry) {
    Slot* slot = slots_.home(entry.hash);
    while (slot->used()) {
      slot = slots_.after(slot);
    }
    *slot = entry;
  }
  bool finds(const Slot& entry) const {
    const Slot* slot = slots_.home(entry.hash);
    for (std::uint64_t steps = 0; slot->used() && steps < slots_.capacity(); ++steps) {
      if (slot->key == entry.key) {
        return true;
      }
      slot = slots_.after(const_cast<Slot*>(slot));
    }
    return false;
  }
  std::uint64_t compact() { return slots_.compact(); }

 private:
  std::vector<Slot> memory_;
  Slots<Slot, SlotHash> slots_;
};

// Hashes in few clusters, at the ends of the table too: entries are carried far from their homes.
rc::Gen<std::uint64_t> clustered_hash() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::inRange<std::uint64_t>(0, 5), rc::gen::arbitrary<std::uint16_t>()),
      [](const auto& parts) -> std::uint64_t {
        return parts.first * (~0ULL / 4) - std::uint64_t{parts.second};
      });
}

TEST(Slots, EveryEntryIsFoundAfterAnyGrowthWhateverItsHash) {
  EXPECT_TRUE(rc::check([] {
    const auto hashes = *rc::gen::container<std::vector<std::uint64_t>>(400, clustered_hash());
    const auto begin = *rc::gen::inRange<std::uint64_t>(401, 3000);
    const auto steps = *rc::gen::container<std::vector<std::uint64_t>>(
        3, rc::gen::inRange<std::uint64_t>(1, 5000));
    Table table(20'000);
    std::uint64_t capacity = begin;
    table.grow(capacity);
    std::vector<Slot> entries;
    for (const std::uint64_t hash : hashes) {
      entries.push_back({.key = entries.size() + 1, .hash = hash});
      table.put(entries.back());
    }
    for (const std::uint64_t step : steps) {
      table.grow(capacity += step);
      for (const Slot& entry : entries) {
        RC_ASSERT(table.finds(entry));
      }
    }
    RC_ASSERT(table.compact() == entries.size());
  }));
}

// Nearly every slot is taken, so that entries lie far behind their homes, across the blocks in
// which growing lifts them, and around the end.
TEST(Slots, EveryEntryOfACrowdedTableIsFoundAfterAnyGrowth) {
  const auto random = seeded_random(3);
  for (std::uint64_t capacity = 1000; capacity < 5000; capacity += 97) {
    Table table(2 * capacity);
    table.grow(capacity);
    std::vector<Slot> entries;
    for (std::uint64_t key = 1; key < capacity; ++key) {
      entries.push_back({.key = key, .hash = random->next()});
      table.put(entries.back());
    }
    for (const std::uint64_t larger : {capacity + 1, capacity + capacity / 8, 2 * capacity}) {
      table.grow(larger);
      for (const Slot& entry : entries) {
        ASSERT_TRUE(table.finds(entry)) << capacity << " to " << larger;
      }
    }
  }
}

TEST(Slots, GrowingPutsEntriesAtTheirHomesWhereNothingCollides) {
  Table table(64);
  table.grow(8);
  const Slot low{.key = 1, .hash = 0};
  const Slot high{.key = 2, .hash = ~0ULL};
  table.put(low);
  table.put(high);
  table.grow(64);
  EXPECT_TRUE(table.finds(low));
  EXPECT_TRUE(table.finds(high));
  EXPECT_FALSE(table.finds({.key = 3, .hash = 0}));
}

}  // namespace
}  // namespace weir
