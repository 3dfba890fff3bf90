// SPDX-License-Identifier: Apache-2.0
#include "format/unit_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <tuple>
#include <vector>

#include "base/check.h"
#include "format/window.h"
#include "model/digest.h"
#include "support/bytes_file.h"
#include "support/kept_records.h"

namespace weir {
namespace {

using testing::BytesFile;
using testing::KeptRecords;
using Records = std::vector<std::pair<std::string, Int128>>;

const std::string three_lines = "1 10\n22 200\n3 30\n";

UnitTask task_for(const Plan& plan, ByteRange range, std::uint64_t file_bytes) {
  return {.id = {.file = 7, .number = 3}, .range = range, .file_bytes = file_bytes, .plan = plan};
}

struct Whole {
  UnitOutcome outcome;
  Records records;
};

Whole read_whole(const std::string& bytes, const Plan& plan = {},
                 const UnitReader::Options& options = {}) {
  BytesFile file(bytes);
  KeptRecords sink;
  UnitReader reader(options);
  auto outcome = reader.read(file, task_for(plan, {0, bytes.size()}, bytes.size()), sink);
  CHECK(outcome);
  return {*std::move(outcome), std::move(sink.records)};
}

TEST(UnitReader, CountsAWholeFile) {
  const Whole whole = read_whole(three_lines);
  EXPECT_EQ(whole.records, (Records{{"1", 10}, {"22", 200}, {"3", 30}}));
  EXPECT_EQ(whole.outcome.counts, (LineCounts{.good = 3}));
  EXPECT_EQ(whole.outcome.sum, 240);
  EXPECT_EQ(whole.outcome.id, (UnitId{.file = 7, .number = 3}));
  EXPECT_TRUE(whole.outcome.final_newline);
}

// fault 122
TEST(UnitReader, ALineBelongsToTheUnitOfItsFirstByte) {
  BytesFile file(three_lines);
  UnitReader reader({.block_bytes = 4});
  const Plan plan;
  // The second line is [5, 12).
  for (const auto& [begin, end, expected] :
       std::vector<std::tuple<int, int, std::uint64_t>>{{0, 5, 1},
                                                        {0, 6, 2},
                                                        {4, 5, 0},
                                                        {4, 6, 1},
                                                        {5, 6, 1},
                                                        {5, 12, 1},
                                                        {5, 13, 2},
                                                        {6, 12, 0},
                                                        {6, 13, 1},
                                                        {11, 12, 0},
                                                        {12, 17, 1},
                                                        {13, 17, 0},
                                                        {5, 5, 0}}) {
    KeptRecords sink;
    const ByteRange range{static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(end)};
    const auto outcome = reader.read(file, task_for(plan, range, three_lines.size()), sink);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->counts.good, expected) << begin << " to " << end;
  }
}

// fault 46
TEST(UnitReader, EmptyAndBlankFilesAreFine) {
  EXPECT_EQ(plan_units(0, 64, Compression::none).size(), 0);
  EXPECT_EQ(read_whole("").outcome.counts.lines(), 0);
  EXPECT_TRUE(read_whole("").outcome.final_newline);
  EXPECT_EQ(read_whole("\n\r\n\n").outcome.counts, (LineCounts{.blank = 3}));
}

// fault 46 (a hole of 3 MiB: NUL bytes without a newline are one reject)
TEST(UnitReader, AHoleIsOneReject) {
  const std::string file = "1 2\n" + std::string(3 << 20, '\0') + "\n3 4\n";
  const Whole whole = read_whole(file);
  EXPECT_EQ(whole.outcome.counts, (LineCounts{.good = 2, .rejected = 1}));
  EXPECT_EQ(whole.outcome.rejects.at(0).reason, RejectReason::line_too_long);
}

// fault 117
TEST(UnitReader, LineEndsMayHaveACarriageReturn) {
  const Whole whole = read_whole("1 2\r\n3 4\n5 6\r\n\r\n7 8\r");
  EXPECT_EQ(whole.records, (Records{{"1", 2}, {"3", 4}, {"5", 6}}));
  EXPECT_EQ(whole.outcome.counts, (LineCounts{.good = 3, .rejected = 1, .blank = 1}));
  EXPECT_EQ(read_whole("1 2\r3 4\r").outcome.counts, (LineCounts{.rejected = 1}));
}

// fault 118
TEST(UnitReader, AByteOrderMarkIsSkippedAtTheStartOnly) {
  EXPECT_EQ(read_whole("\xEF\xBB\xBF"
                       "1 2\n")
                .records,
            (Records{{"1", 2}}));
  EXPECT_EQ(read_whole("\xEF\xBB\xBF").outcome.counts, (LineCounts{.blank = 1}));
  const Whole twice = read_whole(
      "\xEF\xBB\xBF\xEF\xBB\xBF"
      "1 2\n\xEF\xBB\xBF"
      "3 4\n");
  EXPECT_EQ(twice.outcome.counts, (LineCounts{.rejected = 2}));
  EXPECT_EQ(twice.outcome.rejects.at(0).offset, 0);
  const Plan text{.format = {.key = KeyKind::text}};
  EXPECT_EQ(read_whole("\xEF\xBB\xBF"
                       "a 2\n",
                       text)
                .records,
            (Records{{"a", 2}}));
}

// fault 120
TEST(UnitReader, ALastLineWithoutNewlineCountsAndIsFlagged) {
  const Whole whole = read_whole("1 2\n3 4");
  EXPECT_EQ(whole.records, (Records{{"1", 2}, {"3", 4}}));
  EXPECT_FALSE(whole.outcome.final_newline);
}

// fault 120
TEST(UnitReader, TheUnitAtTheFilesEndFlagsTheMissingNewline) {
  const std::string bytes = "1 2\n3 4";
  BytesFile file(bytes);
  UnitReader reader({});
  const Plan plan;
  KeptRecords sink;
  const auto owner = reader.read(file, task_for(plan, {4, 5}, 7), sink);
  const auto last = reader.read(file, task_for(plan, {5, 7}, 7), sink);
  ASSERT_TRUE(owner && last);
  EXPECT_EQ(owner->counts.good, 1);
  EXPECT_TRUE(owner->final_newline);
  EXPECT_EQ(last->counts.lines(), 0);
  EXPECT_FALSE(last->final_newline);
}

// faults 110, 111
TEST(UnitReader, ARejectSaysItsPlaceAndItsText) {
  const std::string bytes = "1 2\n\nx\x1b 5\n1\t2\n6 7\n8";
  const auto rejects = read_whole(bytes).outcome.rejects;
  ASSERT_EQ(rejects.size(), 3);
  EXPECT_EQ(rejects[0], (Reject{.offset = 5,
                                .line_in_unit = 3,
                                .reason = RejectReason::bad_consumer,
                                .text = "x\\x1b 5"}));
  EXPECT_EQ(rejects[1], (Reject{.offset = 10,
                                .line_in_unit = 4,
                                .reason = RejectReason::bad_separator,
                                .text = "1\\t2"}));
  EXPECT_EQ(rejects[2].offset, 18);
  EXPECT_EQ(rejects[2].line_in_unit, 6);
}

TEST(UnitReader, OffsetsAreThoseOfTheFileLineNumbersThoseOfTheUnit) {
  BytesFile file("1 2\nbad\n3 4\nworse\n");
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({});
  const auto outcome = reader.read(file, task_for(plan, {6, 18}, 18), sink);
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->rejects.size(), 1);
  EXPECT_EQ(outcome->rejects[0].offset, 12);
  EXPECT_EQ(outcome->rejects[0].line_in_unit, 2);
}

TEST(UnitReader, TheTextOfALongRejectIsShortened) {
  const auto rejects = read_whole(std::string(5000, 'x') + "\n").outcome.rejects;
  EXPECT_LE(rejects.at(0).text.size(), 200);
  EXPECT_TRUE(rejects.at(0).text.ends_with("…"));
}

// fault 123 (scaled: 100,000 rejects)
TEST(UnitReader, OnlyTheFirstRejectsAreKeptAndAllAreCounted) {
  std::string flood;
  for (int i = 0; i < 100'000; ++i) {
    flood += "bad\n";
  }
  const Whole whole = read_whole(flood + "1 2\n", {}, {.rejects_kept = 10});
  EXPECT_EQ(whole.outcome.counts, (LineCounts{.good = 1, .rejected = 100'000}));
  ASSERT_EQ(whole.outcome.rejects.size(), 10);
  EXPECT_EQ(whole.outcome.rejects[9].line_in_unit, 10);
}

// fault 115 (the sum of a unit)
TEST(UnitReader, SumsGoBeyond64Bits) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) {
    bytes += "1 9223372036854775807\n";
  }
  EXPECT_EQ(read_whole(bytes).outcome.sum, Int128{INT64_MAX} * 5000);
}

// fault 149 (the reader counts by the stored plan alone)
TEST(UnitReader, ThePlanDecidesWhatLinesMean) {
  const std::string bytes = "a\t-5\n1 2\n";
  EXPECT_EQ(read_whole(bytes).outcome.counts, (LineCounts{.good = 1, .rejected = 1}));
  const Plan lenient{
      .format = {.key = KeyKind::text, .separator = Separator::blank, .negative = true}};
  EXPECT_EQ(read_whole(bytes, lenient).records, (Records{{"a", -5}, {"1", 2}}));
}

// fault 28
TEST(UnitReader, AFileThatEndsBeforeItsPinnedSizeIsInvalid) {
  BytesFile file(three_lines);
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({});
  for (const ByteRange range : {ByteRange{0, 100}, ByteRange{10, 20}, ByteRange{17, 18},
                                ByteRange{50, 100}, ByteRange{12, 16}}) {
    const auto outcome = reader.read(file, task_for(plan, range, 100), sink);
    ASSERT_FALSE(outcome) << range.begin;
    EXPECT_EQ(outcome.error().kind, ErrorKind::invalid);
    EXPECT_NE(outcome.error().message.find("it ends"), std::string::npos)
        << outcome.error().message;
  }
}

TEST(UnitReader, NothingBeyondThePinnedSizeIsRead) {
  BytesFile grown("1 2\n3 4567\n");
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({});
  const auto outcome = reader.read(grown, task_for(plan, {0, 7}, 7), sink);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(sink.records, (Records{{"1", 2}, {"3", 4}}));
  EXPECT_FALSE(outcome->final_newline);
}

TEST(UnitReader, TheDigestIsOverTheUnitsOwnBytes) {
  BytesFile file(three_lines);
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({.block_bytes = 4});
  const auto outcome = reader.read(file, task_for(plan, {3, 7}, three_lines.size()), sink);
  ASSERT_TRUE(outcome);
  Digest expected(3);
  expected.add(std::string_view(three_lines).substr(3, 4));
  EXPECT_EQ(outcome->digest, expected.finish());
}

TEST(UnitReader, BytesReadAddUpToTheFile) {
  BytesFile file(three_lines);
  const Plan plan;
  KeptRecords sink;
  std::atomic<std::uint64_t> bytes_read = 0;
  UnitReader reader({.bytes_read = &bytes_read, .block_bytes = 4});
  for (const ByteRange range : plan_units(three_lines.size(), 3, Compression::none)) {
    ASSERT_TRUE(reader.read(file, task_for(plan, range, three_lines.size()), sink));
    EXPECT_EQ(bytes_read, range.end);
  }
}

TEST(UnitReader, LeavesOnRequestBetweenBlocks) {
  BytesFile file(three_lines);
  const Plan plan;
  Stop stop;
  struct StoppingSink final : UsageSink {
    explicit StoppingSink(Stop& stop) : stop_(stop) {}
    void add(std::span<const Usage> batch) override {
      records += batch.size();
      stop_.request();
    }
    void add(std::span<const SmallUsage> batch) override {
      records += batch.size();
      stop_.request();
    }
    void add(std::span<const TextUsage> /*batch*/) override {}
    std::size_t records = 0;
    Stop& stop_;
  } sink(stop);
  UnitReader reader({.stop = &stop, .block_bytes = 5});
  const auto outcome = reader.read(file, task_for(plan, {0, 17}, 17), sink);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(sink.records, 1);
}

TEST(UnitReader, PassesOnWhyAFileCannotBeRead) {
  struct BrokenFile final : ReadFile {
    Result<std::size_t> read_at(std::uint64_t, std::span<char>) override {
      return Error{ErrorKind::unavailable, "input/output error", EIO};
    }
    Result<FileStatus> status() override { return FileStatus{}; }
  } broken;
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({});
  for (const ByteRange range : {ByteRange{0, 9}, ByteRange{5, 9}}) {
    const auto outcome = reader.read(broken, task_for(plan, range, 9), sink);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(outcome.error().os_code, EIO);
  }
}

TEST(UnitReader, RecordsComeInBatches) {
  std::string bytes;
  for (int i = 0; i < 25; ++i) {
    bytes += "1 2\n";
  }
  BytesFile file(bytes);
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({.batch_records = 10, .vectors = Vectors::portable});
  ASSERT_TRUE(reader.read(file, task_for(plan, {0, 100}, 100), sink));
  EXPECT_EQ(sink.records.size(), 25);
  EXPECT_EQ(sink.batches, 3);
}

// Reading off the pages costs twice the time; only the byte before a unit may be read alone.
TEST(UnitReader, ReadsWholeBlocksFromMultiplesOfABlock) {
  struct WatchedFile final : ReadFile {
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
      if (into.size() > 1) {
        offsets.push_back(offset);
        const auto place = reinterpret_cast<std::uintptr_t>(into.data());
        EXPECT_EQ(place % Window::page_bytes, offset % Window::page_bytes);
      }
      std::ranges::fill(into, '1');
      return into.size();
    }
    Result<FileStatus> status() override { return FileStatus{}; }
    std::vector<std::uint64_t> offsets;
  } file;
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({.block_bytes = 64 << 10});
  ASSERT_TRUE(reader.read(file, task_for(plan, {128 << 10, 256 << 10}, 1 << 20), sink));
  EXPECT_EQ(file.offsets, (std::vector<std::uint64_t>{128 << 10, 192 << 10}));
  file.offsets.clear();
  ASSERT_TRUE(reader.read(file, task_for(plan, {100'000, 200'000}, 1 << 20), sink));
  EXPECT_EQ(file.offsets, (std::vector<std::uint64_t>{100'000, 128 << 10, 192 << 10}));
}

// Half a block past every unit would be read for nothing.
TEST(UnitReader, ReadsAPageThenTwiceAsMuchToFinishItsLastLine) {
  struct WatchedFile final : ReadFile {
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) override {
      reads.emplace_back(offset, into.size());
      return BytesFile(bytes).read_at(offset, into);
    }
    Result<FileStatus> status() override { return FileStatus{}; }
    const std::string bytes = std::string(22'000, '0') + "1 1\n" + std::string(100'000, '\n');
    std::vector<std::pair<std::uint64_t, std::size_t>> reads;
  } file;
  const Plan plan;
  KeptRecords sink;
  UnitReader reader({.block_bytes = 64 << 10});
  ASSERT_TRUE(reader.read(file, task_for(plan, {0, 100}, file.bytes.size()), sink));
  EXPECT_EQ(sink.records, (Records{{"1", 1}}));
  EXPECT_EQ(file.reads, (std::vector<std::pair<std::uint64_t, std::size_t>>{
                            {0, 100}, {100, 3996}, {4096, 4096}, {8192, 8192}, {16384, 16384}}));
}

TEST(UnitReader, ReadsAPipeToItsEnd) {
  BytesFile pipe("1 2\n3 4");
  KeptRecords sink;
  UnitReader reader({.block_bytes = 3});
  const auto outcome = reader.read_stream(pipe, {}, sink);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(sink.records, (Records{{"1", 2}, {"3", 4}}));
  EXPECT_FALSE(outcome->final_newline);
  BytesFile empty("");
  EXPECT_EQ(reader.read_stream(empty, {}, sink)->counts.lines(), 0);
}

TEST(UnitPlan, UnitsTileAFile) {
  EXPECT_EQ(plan_units(10, 4, Compression::none),
            (std::vector<ByteRange>{{0, 4}, {4, 8}, {8, 10}}));
  EXPECT_EQ(plan_units(8, 4, Compression::none), (std::vector<ByteRange>{{0, 4}, {4, 8}}));
  EXPECT_EQ(plan_units(10, 4, Compression::gzip), (std::vector<ByteRange>{{0, 10}}));
  EXPECT_EQ(plan_units(UINT64_MAX, UINT64_MAX - 1, Compression::none).size(), 2);
}

}  // namespace
}  // namespace weir
