// SPDX-License-Identifier: Apache-2.0
// weir generate
#include "cli/command_line.h"

namespace weir::testing {
namespace {

using Generate = CommandLineTest;

TEST_F(Generate, TotalsAreThoseOfASumOfTheFiles) {
  weir({"generate", path("in"), "--files", "3", "--lines", "1k", "--bad", "0.01", "--seed", "7",
        "--compress", "none", "--compress", "gzip", "--totals", "-"});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_TRUE(has(talk_.text, "wrote 3 files to " + path("in") + ": 3 000 lines"));
  const std::string totals = out_.text;
  EXPECT_FALSE(totals.empty());
  weir({"sum", path("in")});
  EXPECT_EQ(out_.text, totals);
}

TEST_F(Generate, WritesTotalsIntoAFileAndReplacesIt) {
  write("totals", "old\n");
  weir({"generate", path("in"), "--files", "1", "--lines", "10", "--totals", path("totals")});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_EQ(out_.text, "");
  const std::string totals = file_bytes(path("totals"));
  weir({"sum", path("in")});
  EXPECT_EQ(out_.text, totals);
}

TEST_F(Generate, TheSameSeedGivesTheSameBytes) {
  for (const std::string folder : {"one", "two"}) {
    weir({"generate", path(folder), "--files", "1", "--size", "4KiB", "--seed", "9",
          "--distribution", "zipf", "--names", "text", "--amounts", "-5..5"});
    EXPECT_EQ(exit_, 0) << talk_.text;
  }
  const std::string name = "/usage-9-000001.txt";
  EXPECT_EQ(file_bytes(path("one") + name), file_bytes(path("two") + name));
  EXPECT_GE(file_bytes(path("one") + name).size(), 4096U);
}

TEST_F(Generate, ReplacesNothing) {
  weir({"generate", path("in"), "--files", "1", "--lines", "10"});
  weir({"generate", path("in"), "--files", "1", "--lines", "10"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "is there already"));
}

TEST_F(Generate, AsJsonPrintsTheSummary) {
  weir({"generate", path("in"), "--files", "2", "--lines", "10", "--json"});
  EXPECT_TRUE(has(out_.text, R"({"summary": {"files": 2, "lines": 20, "good": 20, "blank": 0, )"
                             R"("bad": {}, "bytes": )"));
}

TEST_F(Generate, SaysWhatMayBeTypedInstead) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
      {{"--lines", "many"}, "--lines: \"many\" is not right: write a whole number"},
      {{"--bad", "2"}, "--bad: \"2\" is not right: write a share from 0 to 1"},
      {{"--bad", "0.0000001"}, "in steps of 0.000001"},
      {{"--amounts", "5"}, ""},
      {{"--amounts", "9..1"}, "--amounts"},
      {{"--distribution", "even"}, "one of: uniform, zipf"},
      {{"--compress", "xz"}, "none, gzip or zstd"},
      {{"--lines", "5", "--size", "5"}, "one of --lines, --size and --total-lines"},
      {{"--json", "--totals", "-"}, "both want standard output"}};
  for (auto [words, complaint] : wrong) {
    words.insert(words.begin(), {"generate", path("in")});
    weir(words);
    EXPECT_EQ(exit_, complaint.empty() ? 0 : 2) << words[2];
    EXPECT_TRUE(has(talk_.text, complaint));
  }
}

}  // namespace
}  // namespace weir::testing
