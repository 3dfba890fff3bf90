// SPDX-License-Identifier: Apache-2.0
#include "fold/fold.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "io/memory.h"
#include "support/manual_clock.h"
#include "support/sums.h"

namespace weir {
namespace {

using testing::Key;
using testing::Sums;

struct World {
  explicit World(std::uint64_t seed = 1) : random(seeded_random(seed)) {}
  Machine machine() { return {clock, *random, *tasks, *files}; }
  std::size_t count(const std::string& path) {  // of the entries below a folder
    std::size_t found = 0;
    const auto cursor = files->list(path, "");
    for (auto entry = cursor ? (*cursor)->next() : std::optional<FolderEntry>(); entry && *entry;
         entry = (*cursor)->next()) {
      const std::string inner = path + "/" + (*entry)->name;
      found += (*entry)->kind == FileKind::folder ? count(inner) : 1;
    }
    return found;
  }
  bool clean() {  // no folder is left of any fold
    const auto cursor = files->list("/spill", "");
    return !cursor || !*(*cursor)->next();
  }

  testing::ManualClock clock;
  std::unique_ptr<Random> random;
  std::unique_ptr<Tasks> tasks = thread_tasks();
  std::unique_ptr<MemoryFileSystem> files = memory_file_system(clock);
};

struct Record {
  std::uint64_t id = 0;
  std::string text;
  std::int64_t amount = 0;
};

void add(UsageSink& lane, KeyKind kind, std::span<const Record> records) {
  std::vector<Usage> usages;
  std::vector<TextUsage> texts;
  for (const Record& record : records) {
    usages.push_back({.consumer = record.id, .amount = record.amount});
    texts.push_back({.consumer = record.text, .amount = record.amount});
  }
  kind == KeyKind::integer ? lane.add(usages) : lane.add(texts);
}

// Deals batches to the lanes in turn.
void add_all(Fold& fold, const FoldOptions& options, std::span<const Record> records,
             std::size_t batch_records = 17) {
  int lane = 0;
  for (std::size_t at = 0; at < records.size(); at += batch_records) {
    const std::size_t count = std::min(batch_records, records.size() - at);
    add(fold.lane(lane++ % options.lanes), options.key, records.subspan(at, count));
  }
}

Sums exact(KeyKind kind, std::span<const Record> records) {
  Sums sums;
  for (const Record& record : records) {
    const Key key =
        kind == KeyKind::integer ? Key{.id = record.id, .text = {}} : Key{.text = record.text};
    sums[key] += record.amount;
  }
  return sums;
}

// So many records over so many keys, of which some are long; amounts of all sizes.
std::vector<Record> some_records(std::size_t count, std::uint64_t keys, std::uint64_t seed) {
  const auto random = seeded_random(seed);
  std::vector<Record> records;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t id = random->next() % keys;
    const auto wide = static_cast<std::int64_t>(random->next());
    records.push_back({.id = id * (INT64_MAX / keys),
                       .text = std::string(id % 41, 'k') + std::to_string(id),
                       .amount = i % 3 == 0 ? wide : wide % 1000});
  }
  return records;
}

Sums sums_of(SumCursor& cursor) {
  EXPECT_TRUE(cursor.rewind());
  auto sums = testing::rest_of(cursor);
  EXPECT_TRUE(sums);
  return *sums;
}

TEST(Fold, ItAgreesWithAMapWhateverTheMemoryLanesAndKeys) {
  EXPECT_TRUE(rc::check([] {
    World world;
    FoldOptions options{.spill_folder = "/spill"};
    options.key = *rc::gen::element(KeyKind::integer, KeyKind::text);
    options.lanes = *rc::gen::inRange(1, 5);
    options.memory_bytes = *rc::gen::element<std::uint64_t>(0, 30'000, 100'000, 10'000'000);
    options.entries_max = *rc::gen::element<std::uint64_t>(0, 1, 20, 200);
    const auto keys = *rc::gen::element<std::uint64_t>(1, 10, 300, 1'000'000'000);
    const auto count = *rc::gen::inRange<std::size_t>(0, 1200);
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto records = some_records(count, keys, seed);
    {
      Fold fold(world.machine(), options);
      add_all(fold, options, records, *rc::gen::inRange<std::size_t>(1, 200));
      const auto cursor = fold.finish();
      RC_ASSERT(cursor && (*cursor)->key_kind() == options.key);
      const Sums expected = exact(options.key, records);
      RC_ASSERT((*cursor)->keys() >= expected.size());
      RC_ASSERT(sums_of(**cursor) == expected);
      RC_ASSERT(sums_of(**cursor) == expected);
    }
    RC_ASSERT(world.clean());
  }));
}

TEST(Fold, WhatMemoryCannotHoldIsSpilledAndStillCounts) {
  for (const KeyKind key : {KeyKind::integer, KeyKind::text}) {
    World world;
    const FoldOptions options{.key = key, .lanes = 2, .entries_max = 20, .spill_folder = "/spill"};
    const auto records = some_records(100, 1'000'000, 1);
    Fold fold(world.machine(), options);
    add_all(fold, options, records);
    EXPECT_GT(fold.bytes_spilled(), 0u);
    EXPECT_GE(world.count("/spill"), 8u);
    const auto cursor = fold.finish();
    ASSERT_TRUE(cursor);
    EXPECT_EQ(sums_of(**cursor), exact(options.key, records));
    EXPECT_EQ(fold.slices(), 1u);
    const auto slice = fold.slice(0);
    ASSERT_TRUE(slice);
    EXPECT_EQ(sums_of(**slice), exact(options.key, records));
  }
}

// Every way a lane has, and every change between them: small and large ids, few and many, mixed.
TEST(Fold, ItAgreesWithAMapWhereverARecordIsAddedUp) {
  EXPECT_TRUE(rc::check([] {
    World world;
    const FoldOptions options{
        .lanes = 2,
        .memory_bytes = *rc::gen::element<std::uint64_t>(0, 200'000, 3'000'000),
        .spill_folder = "/spill"};
    const auto random = seeded_random(*rc::gen::arbitrary<std::uint64_t>());
    std::vector<Usage> all;
    Fold fold(world.machine(), options);
    const int stretches = *rc::gen::inRange(1, 6);
    for (int stretch = 0; stretch < stretches; ++stretch) {
      const auto ids = *rc::gen::element<std::uint64_t>(1, 100, 20'000, 300'000, 99'999'999,
                                                        std::uint64_t{1} << 63);
      const bool small = ids < 100'000'000 && *rc::gen::arbitrary<bool>();
      const auto amounts = *rc::gen::element<std::uint64_t>(1, 1000, 99'999'999);
      const auto count = *rc::gen::inRange<std::size_t>(1, 20'000);
      std::vector<Usage> batch;
      std::vector<SmallUsage> small_batch;
      for (std::size_t i = 0; i < count; ++i) {
        const std::uint64_t id = random->next() % ids;
        const std::uint64_t amount = random->next() % amounts;
        batch.push_back({id, static_cast<std::int64_t>(amount)});
        small_batch.push_back({static_cast<std::uint32_t>(id), static_cast<std::uint32_t>(amount)});
      }
      const int lane = stretch % options.lanes;
      small ? fold.lane(lane).add(small_batch) : fold.lane(lane).add(batch);
      all.insert(all.end(), batch.begin(), batch.end());
    }
    Sums expected;
    testing::add(expected, all);
    const auto cursor = fold.finish();
    RC_ASSERT(static_cast<bool>(cursor));
    RC_ASSERT(sums_of(**cursor) == expected);
    Sums sliced;
    for (std::size_t i = 0; i < fold.slices(); ++i) {
      auto slice = fold.slice(i);
      RC_ASSERT(static_cast<bool>(slice));
      const Sums part = sums_of(**slice);
      const bool behind =
          part.empty() || sliced.empty() || sliced.rbegin()->first < part.begin()->first;
      RC_ASSERT(behind);
      sliced.insert(part.begin(), part.end());
    }
    RC_ASSERT(sliced == expected);
  }));
}

TEST(Fold, MoreRunsThanTheReserveCanReadAreMergedInPasses) {
  World world;
  const FoldOptions options{.memory_bytes = 1, .entries_max = 5, .spill_folder = "/spill"};
  const auto records = some_records(1000, 700, 2);
  Fold fold(world.machine(), options);
  add_all(fold, options, records);
  EXPECT_GT(world.count("/spill"), 100u);
  const auto cursor = fold.finish();
  ASSERT_TRUE(cursor);
  EXPECT_LE(world.count("/spill"), 2u);
  EXPECT_EQ(sums_of(**cursor), exact(options.key, records));
}

TEST(Fold, ThePartialCanBeReadAgainFromAnyPlace) {
  for (const KeyKind key : {KeyKind::integer, KeyKind::text}) {
    World world;
    const FoldOptions options{.key = key, .lanes = 3, .entries_max = 150, .spill_folder = "/spill"};
    const auto records = some_records(1500, 900, 3);
    Fold fold(world.machine(), options);
    add_all(fold, options, records);
    const auto cursor = fold.finish();
    ASSERT_TRUE(cursor);
    const Sums expected = exact(key, records);
    for (int batches = 0; batches < 25; ++batches) {
      ASSERT_TRUE((*cursor)->rewind());
      for (int i = 0; i < batches; ++i) {
        ASSERT_TRUE((*cursor)->next());
      }
      EXPECT_EQ(sums_of(**cursor), expected);
    }
  }
}

TEST(Fold, WithoutRecordsThePartialIsEmpty) {
  for (const KeyKind key : {KeyKind::integer, KeyKind::text}) {
    World world;
    Fold fold(world.machine(), {.key = key, .lanes = 2, .spill_folder = "/spill"});
    const auto cursor = fold.finish();
    ASSERT_TRUE(cursor);
    EXPECT_EQ((*cursor)->key_kind(), key);
    EXPECT_EQ((*cursor)->keys(), 0u);
    EXPECT_TRUE(sums_of(**cursor).empty());
    EXPECT_EQ(fold.keys(), 0u);
    EXPECT_EQ(fold.bytes_spilled(), 0u);
  }
}

TEST(Fold, WhereNothingWasSpilledOneLaneOfTextsCountsItsKeysExactly) {
  World world;
  const FoldOptions options{.key = KeyKind::text, .spill_folder = "/spill"};
  const auto records = some_records(1000, 50, 4);
  Fold fold(world.machine(), options);
  add_all(fold, options, records);
  const auto cursor = fold.finish();
  ASSERT_TRUE(cursor);
  EXPECT_EQ((*cursor)->keys(), exact(options.key, records).size());
  EXPECT_TRUE(world.clean());
}

// fault 115 (the accumulator: 2^70)
TEST(Fold, SumsBeyond64BitsAreExactAcrossLanesAndRuns) {
  World world;
  const FoldOptions options{.lanes = 2, .entries_max = 2, .spill_folder = "/spill"};
  Fold fold(world.machine(), options);
  for (std::uint64_t i = 0; i < 128; ++i) {
    const std::vector<Usage> batch{{.consumer = 1, .amount = INT64_MAX},
                                   {.consumer = 2, .amount = INT64_MIN},
                                   {.consumer = 2 + i, .amount = 0}};
    fold.lane(static_cast<int>(i % 2)).add(batch);
  }
  const auto cursor = fold.finish();
  ASSERT_TRUE(cursor);
  EXPECT_GT(fold.bytes_spilled(), 0u);
  const Sums sums = sums_of(**cursor);
  EXPECT_EQ(sums.size(), 129u);
  EXPECT_TRUE(sums.at({.id = 1, .text = {}}) == Int128{INT64_MAX} * 128);
  EXPECT_TRUE(sums.at({.id = 2, .text = {}}) == Int128{INT64_MIN} * 128);
  EXPECT_TRUE(sums.at({.id = 3, .text = {}}) == 0);  // no amount is still a key
}

std::vector<std::pair<Key, Int128>> dump(std::uint64_t seed, const FoldOptions& options,
                                         std::span<const Record> records) {
  World world(seed);
  Fold fold(world.machine(), options);
  add_all(fold, options, records);
  const auto cursor = fold.finish();
  CHECK(cursor);
  std::vector<std::pair<Key, Int128>> entries;
  for (auto batch = (*cursor)->next(); batch && !batch->empty(); batch = (*cursor)->next()) {
    for (const SumEntry& entry : *batch) {
      entries.emplace_back(Key{.id = entry.id, .text = std::string(entry.text)}, entry.sum);
    }
  }
  return entries;
}

// fault 148 (the fold)
TEST(Fold, TheSameRecordsGiveTheSameEntriesWhateverSeedLanesAndMemory) {
  for (const KeyKind key : {KeyKind::integer, KeyKind::text}) {
    const auto records = some_records(2000, 500, 5);
    const auto first = dump(1, {.key = key, .spill_folder = "/spill"}, records);
    for (std::uint64_t seed = 2; seed < 10; ++seed) {
      const FoldOptions options{.key = key,
                                .lanes = static_cast<int>(seed % 4) + 1,
                                .memory_bytes = seed % 2 == 0 ? 1ULL << 20 : 50'000,
                                .entries_max = seed % 3 * 100,
                                .spill_folder = "/spill"};
      EXPECT_TRUE(dump(seed, options, records) == first) << seed;
    }
  }
}

void work_at_the_same_time(KeyKind key) {
  World world;
  const FoldOptions options{.key = key, .lanes = 3, .entries_max = 300, .spill_folder = "/spill"};
  const auto records = some_records(3000, 100'000, 6);
  Fold fold(world.machine(), options);
  std::atomic<int> working = options.lanes;
  std::vector<std::unique_ptr<Task>> workers;
  for (int lane = 0; lane < options.lanes; ++lane) {
    workers.push_back(world.tasks->spawn("lane", [&, lane] {
      for (std::size_t at = 0; at < records.size(); at += 100) {
        add(fold.lane(lane), options.key, std::span(records).subspan(at, 100));
      }
      --working;
    }));
  }
  while (working > 0) {
    EXPECT_LE(fold.keys(), records.size() * 3);
    EXPECT_LE(fold.bytes_spilled(), records.size() * 3 * 64);
  }
  workers.clear();
  const auto cursor = fold.finish();
  ASSERT_TRUE(cursor);
  Sums expected = exact(options.key, records);
  for (auto& [of_key, sum] : expected) {
    sum *= options.lanes;
  }
  EXPECT_EQ(sums_of(**cursor), expected);
}

// fault 145 (the fold's lanes; under the thread sanitizer)
TEST(Fold, LanesWorkAtTheSameTimeWhileOthersLookAtTheCounts) {
  work_at_the_same_time(KeyKind::integer);
  work_at_the_same_time(KeyKind::text);
}

}  // namespace
}  // namespace weir
