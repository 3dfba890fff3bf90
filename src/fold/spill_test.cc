// SPDX-License-Identifier: Apache-2.0
#include "fold/spill.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cerrno>
#include <string>

#include "base/random.h"
#include "fold/limits.h"
#include "io/faulty.h"
#include "io/memory.h"
#include "support/manual_clock.h"
#include "support/sums.h"

namespace weir {
namespace {

using testing::Sums;
using testing::SumsCursor;

using SpilledRun = Run;  // within a test, Run is a function of its base

// A spill folder in memory. Its name follows from the seed of the randomness.
class Spill : public ::testing::Test {
 protected:
  Result<SpilledRun> write(KeyKind kind, const Sums& sums, std::size_t block_bytes = 1024) {
    SumsCursor cursor(kind, sums);
    return write_run(folder_, {.name = "a.run", .block_bytes = block_bytes}, cursor);
  }
  Result<Sums> read(const SpilledRun& run) {
    TRY_ASSIGN(const auto cursor, open_run(folder_, run));
    return testing::rest_of(*cursor);
  }
  std::string bytes() { return *files_->contents(path_); }

  testing::ManualClock clock_;
  std::unique_ptr<MemoryFileSystem> files_ = memory_file_system(clock_);
  std::unique_ptr<Random> random_ = seeded_random(0);
  SpillFolder folder_{*files_, *random_, "/spill"};
  const std::string path_ = "/spill/weir-spill-e220a8397b1dcdaf/a.run";
};

Sums many(KeyKind kind, std::size_t count) {
  Sums sums;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t id = i * i * 977;
    const auto key = kind == KeyKind::integer ? testing::Key{.id = id, .text = {}}
                                              : testing::Key{.text = std::to_string(id)};
    sums[key] = (Int128{1} << (i % 127)) * (i % 2 == 0 ? 1 : -1);
  }
  return sums;
}

TEST_F(Spill, WhatIsWrittenComesBackInBlocksOfAnySize) {
  for (const KeyKind kind : {KeyKind::integer, KeyKind::text}) {
    for (const std::size_t block_bytes : {1u, 10u, 1000u, 100'000u}) {
      for (const std::size_t count : {0u, 1u, 2u, 127u, 128u, 129u, 2000u}) {
        const Sums sums = many(kind, count);
        const auto run = write(kind, sums, block_bytes);
        ASSERT_TRUE(run);
        EXPECT_EQ(run->entries, count);
        EXPECT_EQ(run->bytes, bytes().size());
        const auto back = read(*run);
        ASSERT_TRUE(back);
        EXPECT_EQ(*back, sums);
        folder_.remove(run->name);
      }
    }
  }
}

TEST_F(Spill, TheLongestKeysAndTheGreatestSumsFit) {
  Sums sums;
  for (const char letter : {'a', 'b', 'c'}) {
    sums[{.text = std::string(1024, letter)}] = ~(Int128{1} << 126 << 1);
  }
  const auto run = write(KeyKind::text, sums, 1);
  ASSERT_TRUE(run);
  EXPECT_EQ(*read(*run), sums);
}

// The example of spill.h.
TEST_F(Spill, TheFormatIsAsDescribed) {
  ASSERT_TRUE(write(KeyKind::integer, {{{5, ""}, 7}, {{300, ""}, -2}}));
  const std::string run = bytes();
  using std::string_literals::operator""s;
  EXPECT_EQ(run.substr(0, 16), "weir-run\x01\0\0\0\0\0\0\0"s);
  EXPECT_EQ(run.substr(24, 8), "\x05\0\0\0\x02\0\0\0"s);
  EXPECT_EQ(run.substr(32, 5), "\x05\x0e\xa7\x02\x03"s);
  EXPECT_EQ(run.substr(45), "\x08\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"s);
}

TEST_F(Spill, ACursorStartsAgainFromWhereverItIs) {
  const Sums sums = many(KeyKind::text, 1000);
  const auto run = write(KeyKind::text, sums);
  const auto cursor = open_run(folder_, *run);
  ASSERT_TRUE(cursor);
  for (int batches = 0; batches < 12; ++batches) {
    for (int i = 0; i < batches; ++i) {
      ASSERT_TRUE((*cursor)->next());
    }
    ASSERT_TRUE((*cursor)->rewind());
    EXPECT_EQ(*testing::rest_of(**cursor), sums);
    EXPECT_TRUE((*cursor)->next()->empty());
    ASSERT_TRUE((*cursor)->rewind());
  }
}

TEST_F(Spill, EveryDamagedByteIsFound) {
  for (const KeyKind kind : {KeyKind::integer, KeyKind::text}) {
    const auto run = write(kind, many(kind, 150), 300);
    const std::string good = bytes();
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
      files_->put(path_, bad);
      const auto sums = read(*run);
      ASSERT_FALSE(sums) << at;
      EXPECT_EQ(sums.error().kind, ErrorKind::corrupt);
    }
    folder_.remove(run->name);
  }
}

TEST_F(Spill, EveryTruncationIsFound) {
  const auto run = write(KeyKind::integer, many(KeyKind::integer, 150), 300);
  const std::string good = bytes();
  for (std::size_t size = 0; size < good.size(); ++size) {
    files_->put(path_, good.substr(0, size));
    const auto sums = read(*run);
    ASSERT_FALSE(sums) << size;
    EXPECT_EQ(sums.error().kind, ErrorKind::corrupt);
  }
}

TEST_F(Spill, BlocksThatAreLostOrChangePlacesAreFound) {
  Sums sums;
  for (std::uint64_t i = 0; i < 64; ++i) {
    sums[{.id = i, .text = {}}] = 1;
  }
  const auto run = write(KeyKind::integer, sums, 32);  // four blocks of 16 entries of 2 bytes
  const std::string good = bytes();
  constexpr std::size_t header = 16;
  constexpr std::size_t block = 16 + 32;
  ASSERT_EQ(good.size(), header + 4 * block + 16 + 8);
  const std::string second = good.substr(header + block, block);
  std::string swapped = good;
  swapped.replace(header, block, second).replace(header + block, block, good, header, block);
  std::string lost = good;
  lost.erase(header + block, block);
  std::string doubled = good;
  doubled.insert(header + block, second);
  std::string ended = good;
  ended.erase(header + block, 3 * block);
  for (const std::string& bad : {swapped, lost, doubled, ended}) {
    files_->put(path_, bad);
    const auto result = read(*run);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
    EXPECT_NE(result.error().message.find("fold.spill"), std::string::npos);
  }
}

TEST_F(Spill, AWholeRunInThePlaceOfAnotherIsFound) {
  const auto shorter = write(KeyKind::integer, many(KeyKind::integer, 9));
  const std::string bytes_of_shorter = bytes();
  folder_.remove(shorter->name);
  const auto run = write(KeyKind::integer, many(KeyKind::integer, 10));
  files_->put(path_, bytes_of_shorter);
  EXPECT_EQ(read(*run).error().kind, ErrorKind::corrupt);
}

TEST_F(Spill, ARunOfAnotherKindOrNameIsRefused) {
  auto run = write(KeyKind::integer, many(KeyKind::integer, 3));
  run->kind = KeyKind::text;
  EXPECT_EQ(open_run(folder_, *run).error().kind, ErrorKind::corrupt);
  run->name = "b.run";
  EXPECT_EQ(open_run(folder_, *run).error().os_code, ENOENT);
}

// fault 22 (a spill)
TEST_F(Spill, ARunThatCannotBeWrittenWhollyIsRemovedAndTheDiskIsNamed) {
  std::uint64_t failed = 0;
  for (std::uint64_t n = 1;; ++n, ++failed) {
    const auto plan =
        nth_call_fault({.n = n, .kinds = {FileCall::create, FileCall::write}, .os_code = ENOSPC});
    const auto faulty = faulty_file_system(*files_, *plan);
    SpillFolder folder(*faulty, *random_, "/full");
    SumsCursor cursor(KeyKind::integer, many(KeyKind::integer, 150));
    const auto run = write_run(folder, {.name = "a.run", .block_bytes = 300}, cursor);
    if (plan->strikes() == 0) {
      EXPECT_TRUE(run);
      break;
    }
    ASSERT_FALSE(run);
    EXPECT_EQ(run.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(run.error().os_code, ENOSPC);
    EXPECT_NE(run.error().message.find("/full/weir-spill-"), std::string::npos);
    EXPECT_FALSE(folder.open("a.run"));
  }
  EXPECT_GT(failed, 5u);
}

}  // namespace
}  // namespace weir
