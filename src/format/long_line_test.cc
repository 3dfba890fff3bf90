// SPDX-License-Identifier: Apache-2.0
// Lines without end: one reject each, whatever the length, and the memory of a block and a record.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "format/unit_reader.h"
#include "support/bytes_file.h"
#include "support/kept_records.h"

namespace weir {
namespace {

using testing::BytesFile;
using testing::KeptRecords;

std::size_t heap_bytes() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

// "1 2", a line of sevens, "3 4"; made up while it is read. Sees how much memory is in use then.
class LongLineFile final : public ReadFile {
 public:
  explicit LongLineFile(std::uint64_t line_bytes) : line_end_(4 + line_bytes) {}
  std::uint64_t size() const { return line_end_ + 5; }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
    heap_bytes_max = std::max(heap_bytes_max, heap_bytes());
    const std::size_t bytes = std::min<std::uint64_t>(into.size(), size() - offset);
    std::memset(into.data(), '7', bytes);
    put("1 2\n", 0, offset, into.first(bytes));
    put("\n3 4\n", line_end_, offset, into.first(bytes));
    return bytes;
  }
  Result<FileStatus> status() override { return FileStatus{.size = size()}; }

  std::size_t heap_bytes_max = 0;

 private:
  static void put(std::string_view text, std::uint64_t at, std::uint64_t offset,
                  std::span<char> into) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (at + i >= offset && at + i - offset < into.size()) {
        into[at + i - offset] = text[i];
      }
    }
  }

  std::uint64_t line_end_;
};

// faults 121, 144 (the reader's part)
TEST(LongLine, OneGibibyteIsOneRejectInFlatMemory) {
  constexpr std::uint64_t unit_bytes = 64 << 20;
  LongLineFile file(1 << 30);
  const Plan plan{.unit_bytes = unit_bytes};
  KeptRecords sink;
  const std::size_t heap_before = heap_bytes();
  UnitReader reader({.digest = false});
  LineCounts counts;
  std::size_t units_with_lines = 0;
  for (const ByteRange range : plan_units(file.size(), unit_bytes, Compression::none)) {
    const UnitTask task{.range = range, .file_bytes = file.size(), .plan = plan};
    const auto outcome = reader.read(file, task, sink);
    ASSERT_TRUE(outcome);
    counts += outcome->counts;
    units_with_lines += outcome->counts.lines() > 0 ? 1 : 0;
    for (const Reject& reject : outcome->rejects) {
      EXPECT_EQ(reject.reason, RejectReason::line_too_long);
      EXPECT_EQ(reject.offset, 4);
      EXPECT_EQ(reject.text, std::string(197, '7') + "…");
    }
  }
  EXPECT_EQ(counts, (LineCounts{.good = 2, .rejected = 1}));
  EXPECT_EQ(units_with_lines, 2);  // the first and the last
  EXPECT_EQ(sink.records.back(), std::pair(std::string("3"), Int128{4}));
  EXPECT_LT(file.heap_bytes_max - heap_before, 6 << 20);
}

// fault 121
TEST(LongLine, TheUnitThatHoldsItsFirstByteStopsReadingAtItsOwnEnd) {
  LongLineFile file(1 << 30);
  const Plan plan;
  KeptRecords sink;
  std::atomic<std::uint64_t> bytes_read = 0;
  UnitReader reader({.bytes_read = &bytes_read});
  const UnitTask task{.range = {0, 4 << 20}, .file_bytes = file.size(), .plan = plan};
  ASSERT_TRUE(reader.read(file, task, sink));
  EXPECT_EQ(bytes_read, 4 << 20);
}

// Lines of limit - 2 to limit + 3 bytes: the verdict is the same wherever blocks and units cut.
// fault 121
TEST(LongLine, TheLimitIsExactAtEveryCut) {
  constexpr std::uint64_t limit = 40;
  for (std::uint64_t bytes = limit - 2; bytes <= limit + 3; ++bytes) {
    const std::string line = std::string(bytes - 2, '0') + " 1";
    for (const std::string end : {"\n", "\r\n", ""}) {
      const std::string file_bytes = "5 6\n" + line + end;
      for (std::size_t block_bytes = 1; block_bytes < 60; ++block_bytes) {
        BytesFile file(file_bytes);
        const Plan plan{.format = {.record_bytes_max = limit}};
        KeptRecords sink;
        UnitReader reader({.digest = false, .block_bytes = block_bytes});
        const UnitTask task{.range = {0, 6}, .file_bytes = file_bytes.size(), .plan = plan};
        const auto outcome = reader.read(file, task, sink);
        ASSERT_TRUE(outcome);
        const std::uint64_t rejected = bytes > limit ? 1 : 0;
        ASSERT_EQ(outcome->counts, (LineCounts{.good = 2 - rejected, .rejected = rejected}))
            << bytes << " bytes in blocks of " << block_bytes;
      }
    }
  }
}

// A byte order mark and a line end do not count, however the blocks fall.
// faults 118, 121
TEST(LongLine, TheLimitIsExactForTheFirstLine) {
  constexpr std::uint64_t limit = 10;
  for (const std::uint64_t over : {0, 1}) {
    const std::string file_bytes = "\xEF\xBB\xBF" + std::string(limit - 2 + over, '0') + " 1\r\n";
    for (std::size_t block_bytes = 1; block_bytes < 20; ++block_bytes) {
      BytesFile file(file_bytes);
      const Plan plan{.format = {.record_bytes_max = limit}};
      KeptRecords sink;
      UnitReader reader({.digest = false, .block_bytes = block_bytes});
      const UnitTask task{.range = {0, 2}, .file_bytes = file_bytes.size(), .plan = plan};
      const auto outcome = reader.read(file, task, sink);
      ASSERT_TRUE(outcome);
      ASSERT_EQ(outcome->counts.rejected, over) << block_bytes;
    }
  }
}

// What is carried is moved with every block: blocks grow with it, or it would be moved 65,536
// times.
TEST(LongLine, ARecordOfManyBlocksIsReadInFew) {
  struct CountedFile final : ReadFile {
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
      ++reads;
      return BytesFile(bytes).read_at(offset, into);
    }
    Result<FileStatus> status() override { return FileStatus{}; }
    const std::string bytes = std::string((1 << 20) - 2, '0') + " 1\n";
    int reads = 0;
  } file;
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({.digest = false, .block_bytes = 16});
  const UnitTask task{.range = {0, 1}, .file_bytes = file.bytes.size(), .plan = plan};
  const auto outcome = reader.read(file, task, sink);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->counts.good, 1);
  EXPECT_LT(file.reads, 30);
}

// fault 121
TEST(LongLine, WhatIsShownOfItDoesNotDependOnTheBlocks) {
  const std::string file_bytes = "5 6\n" + std::string(100, 'x') + "\n";
  for (std::size_t block_bytes = 1; block_bytes < 120; ++block_bytes) {
    BytesFile file(file_bytes);
    const Plan plan{.format = {.record_bytes_max = 8}};
    KeptRecords sink;
    UnitReader reader({.digest = false, .block_bytes = block_bytes});
    const UnitTask task{.range = {0, 10}, .file_bytes = file_bytes.size(), .plan = plan};
    const auto outcome = reader.read(file, task, sink);
    ASSERT_TRUE(outcome);
    ASSERT_EQ(outcome->rejects.at(0).text, "xxxxxxxx…") << block_bytes;
  }
}

}  // namespace
}  // namespace weir
