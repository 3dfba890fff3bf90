// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "base/check.h"
#include "format/unit_reader.h"
#include "model/limits.h"
#include "support/bytes_file.h"

namespace weir {
namespace {

using namespace std::string_view_literals;
using testing::BytesFile;

Sniffed sniffed(std::string_view bytes, const FormatOptions& format = {}, double ratio = 0.5) {
  BytesFile file(bytes);
  auto result = sniff(file, bytes.size(), format, ratio);
  CHECK(result);
  return *std::move(result);
}

std::string many(std::string_view line, int times = 50) {
  std::string lines;
  for (int i = 0; i < times; ++i) {
    lines += line;
  }
  return lines;
}

TEST(Sniff, AGoodFileHasNoComplaint) {
  const Sniffed good = sniffed("1 2\nbad\n\n3 4");
  EXPECT_EQ(good.counts, (LineCounts{.good = 2, .rejected = 1, .blank = 1}));
  EXPECT_EQ(good.complaint, "");
  EXPECT_EQ(good.compression, Compression::none);
}

// fault 46
TEST(Sniff, EmptyAndBlankFilesAreFine) {
  EXPECT_EQ(sniffed("").complaint, "");
  EXPECT_EQ(sniffed("", {}, 0).complaint, "");
  EXPECT_EQ(sniffed("\n\n\r\n").complaint, "");
  EXPECT_EQ(sniffed("\xEF\xBB\xBF").complaint, "");
}

// faults 111, 134
TEST(Sniff, NamesTheSettingThatWouldReadIt) {
  const auto hint = [](std::string_view line, const FormatOptions& format = {}) {
    const std::string complaint = sniffed(many(line), format).complaint;
    return complaint.substr(0, complaint.find(" ("));
  };
  EXPECT_EQ(hint("1\t2\n"), "looks tab-separated: --set format.separator=blank");
  EXPECT_EQ(hint("  1  2\n"), "looks separated by several spaces: --set format.separator=blank");
  EXPECT_EQ(hint("alice 2\n"), "looks like it has text keys: --set format.key=text");
  EXPECT_EQ(hint("1 -2\n"), "looks like it has negative amounts: --set format.negative=true");
  EXPECT_EQ(hint("alice\t2\n"),
            "looks tab-separated, like it has text keys: "
            "--set format.separator=blank --set format.key=text");
  EXPECT_EQ(hint("alice -2\n", {.key = KeyKind::text}),
            "looks like it has negative amounts: --set format.negative=true");
}

// fault 134
TEST(Sniff, NeverChangesWhatLinesMean) {
  const Sniffed tabs = sniffed(many("1\t2\n"));
  EXPECT_EQ(tabs.counts, (LineCounts{.rejected = 50}));
  EXPECT_EQ(sniffed(many("1\t2\n"), {.separator = Separator::blank}).counts.good, 50);
}

TEST(Sniff, SaysHowManyLinesAreBad) {
  EXPECT_NE(sniffed("1\t2\n3\t4\n5 6\n").complaint.find("2 of the 3 lines"), std::string::npos);
}

TEST(Sniff, TheRatioDecides) {
  const std::string half = many("1 2\nbad\n");
  EXPECT_EQ(sniffed(half, {}, 0.5).complaint, "");
  EXPECT_NE(sniffed(half + "bad\n", {}, 0.5).complaint, "");
  EXPECT_NE(sniffed(half, {}, 0).complaint, "");
  EXPECT_EQ(sniffed("bad\n", {}, 1).complaint, "");
  EXPECT_EQ(sniffed(std::string(100'000, '\0'), {}, 1).complaint, "");
}

// fault 118
TEST(Sniff, RecognisesUtf16) {
  const auto utf16 = [](std::string_view text, bool big_endian) {
    std::string bytes;
    for (const char c : text) {
      bytes += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
    }
    return bytes;
  };
  const std::string text = many("123 45\n");
  for (const bool big_endian : {false, true}) {
    for (const char* mark : {"", big_endian ? "\xfe\xff" : "\xff\xfe"}) {
      const std::string complaint = sniffed(mark + utf16(text, big_endian)).complaint;
      EXPECT_NE(complaint.find("iconv"), std::string::npos) << complaint;
    }
  }
}

// fault 133
TEST(Sniff, NamesCompressionsAndFilesThatItDoesNotRead) {
  const std::string rest = std::string(300, '\1') + "\n" + std::string(300, '\2');
  for (const auto& [magic, word] : {std::pair("PK\x03\x04"sv, "zip"sv),
                                    {"\x04\x22\x4d\x18"sv, "lz4"},
                                    {"LZIP"sv, "lzip"},
                                    {"\x1f\x9d"sv, "uncompress"},
                                    {"7z\xbc\xaf\x27\x1c"sv, "7z"},
                                    {"PAR1"sv, "Parquet"},
                                    {"SQLite format 3\0"sv, "SQLite"}}) {
    const std::string complaint = sniffed(std::string(magic) + rest).complaint;
    EXPECT_NE(complaint.find(word), std::string::npos) << word << ": " << complaint;
  }
  const std::string tar = std::string(257, 'x') + "ustar" + rest;
  EXPECT_NE(sniffed(tar).complaint.find("tar"), std::string::npos);
}

TEST(Sniff, DescribesWhatNoSettingReads) {
  const auto says = [](std::string_view line, std::string_view words) {
    const std::string complaint = sniffed(many(line)).complaint;
    EXPECT_NE(complaint.find(words), std::string::npos) << complaint;
  };
  says("1,2\n", "CSV with commas");
  says("a;2;x\n", "CSV with semicolons");
  says("{\"id\": 1, \"amount\": 2}\n", "JSON");
  says("1 2.5\n", "a point, a comma or an exponent, as in `1 2.5`");
  says("\x01\x02\x03\x04\n", "binary");
  says("some words in a row\n", "more than two fields");
}

TEST(Sniff, LooksAtTheFirst64KiBOnlyAndLeavesTheCutLineOut) {
  const std::string good = many("1 2\n", limits::sniff_bytes / 4);
  EXPECT_EQ(sniffed(good + many("bad\n", 100'000)).counts,
            (LineCounts{.good = limits::sniff_bytes / 4}));
  EXPECT_EQ(sniffed("x\n" + good).counts,
            (LineCounts{.good = limits::sniff_bytes / 4 - 1, .rejected = 1}));
}

// fault 121
TEST(Sniff, OneLineLongerThanTheHeadIsNoVerdictUnlessBinary) {
  EXPECT_EQ(sniffed(std::string(100'000, '0')).complaint, "");
  EXPECT_EQ(sniffed(std::string(100'000, '0')).counts.lines(), 0);
  EXPECT_NE(sniffed(std::string(100'000, '\0')).complaint.find("binary"), std::string::npos);
}

// fault 28
TEST(Sniff, AFileThatEndsBeforeItsPinnedSizeIsInvalid) {
  BytesFile file("1 2\n");
  const auto result = sniff(file, 100, {}, 0.5);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace weir
