// SPDX-License-Identifier: Apache-2.0
// weir sum
#include <unistd.h>

#include <array>

#include "cli/command_line.h"

namespace weir::testing {
namespace {

using Sum = CommandLineTest;

TEST_F(Sum, PrintsTotalsAscendingAndTalksElsewhere) {
  weir({"sum", write("a", "10 1\n9 2\n10 3\n"), write("b", "9 40\n")});
  EXPECT_EQ(exit_, 0);
  EXPECT_EQ(out_.text, "9 42\n10 4\n");
  EXPECT_TRUE(has(talk_.text, "2 files, 19 B, 4 lines, 0 rejected, 2 keys"));
}

TEST_F(Sum, TakesADashOrNoFileAtAllForStandardInput) {
  input_ = "1 2\n1 3\n";
  weir({"sum", "-"});
  EXPECT_EQ(out_.text, "1 5\n");
  weir({"sum"});
  EXPECT_EQ(out_.text, "1 5\n");
  weir({"sum", write("a", "1 100\n"), "-"});
  EXPECT_EQ(out_.text, "1 105\n");
}

TEST_F(Sum, LeavesOutBadLinesAndSaysWhereTheyAre) {
  weir({"sum", write("a", "1 2\n1\t3\n2 5\n")});
  EXPECT_EQ(exit_, 1);
  EXPECT_EQ(out_.text, "1 2\n2 5\n");
  EXPECT_TRUE(has(talk_.text, path("a") + ":2: bad_separator"));
  EXPECT_TRUE(has(talk_.text, "--set format.separator=blank"));
}

TEST_F(Sum, LeavesOutABrokenFileWhole) {
  write("a", "1 2\n");
  write("b", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03not deflated", 22));
  weir({"sum", path("a"), path("b")});
  EXPECT_EQ(exit_, 1);
  EXPECT_EQ(out_.text, "1 2\n");
  EXPECT_TRUE(has(talk_.text, "error: " + path("b")));
}

TEST_F(Sum, IsExactBeyond64Bits) {
  weir({"sum", write("a", "1 9223372036854775807\n1 9223372036854775807\n1 2\n")});
  EXPECT_EQ(out_.text, "1 18446744073709551616\n");
  weir({"sum", "--json", path("a")});
  EXPECT_TRUE(has(out_.text, R"({"consumer": "1", "amount": "18446744073709551616"})"));
}

TEST_F(Sum, AsJsonIsOneDocumentOfTotalsAndSummary) {
  weir({"sum", "--json", write("a", "1 2\nx\n")});
  EXPECT_EQ(exit_, 1);
  EXPECT_TRUE(out_.text.starts_with("{\"totals\": [\n{\"consumer\": \"1\", \"amount\": 2}\n], "));
  EXPECT_TRUE(has(out_.text, R"("summary": {"files": 1, "bytes": 6, "lines": 2, "good": 1, )"
                             R"("rejected": 1, "blank": 0, "keys": 1, "seconds": )"));
  EXPECT_TRUE(out_.text.ends_with("}}\n"));
}

TEST_F(Sum, OfAFileThatIsNotThereLeavesWith66) {
  weir({"sum", path("nowhere")});
  EXPECT_EQ(exit_, 66);
  EXPECT_TRUE(has(talk_.text, "nowhere: no such file"));
  EXPECT_EQ(out_.text, "");
}

TEST_F(Sum, TakesAFileThatIsCalledLikeACommandOrAList) {
  std::filesystem::create_directory(path("[top]"));
  write("[top]/a", "1 2\n");
  std::filesystem::current_path(folder_.path());
  weir({"sum", "[top]"});
  EXPECT_EQ(out_.text, "1 2\n");
  write("top", "3 4\n");
  weir({"sum", "top"});
  EXPECT_EQ(out_.text, "3 4\n");
}

TEST_F(Sum, ThatIsStoppedPrintsNothingAndLeavesWith75) {
  stop_->request();
  weir({"sum", write("a", "1 2\n")});
  EXPECT_EQ(exit_, 75);
  EXPECT_EQ(out_.text, "");
  EXPECT_TRUE(has(talk_.text, "stopped"));
}

// fault 16
TEST_F(Sum, IntoAPipeThatNobodyReadsIsAnErrorAndNoDeath) {
  std::array<int, 2> pipe_ends = {};
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  close(pipe_ends[0]);
  Stop stop;
  Reload reload;
  const Signals ignoring_sigpipe(stop, reload);
  const auto writer = descriptor_writer(pipe_ends[1], "standard output");
  const auto written = writer->write("1 2\n");
  close(pipe_ends[1]);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().os_code, EPIPE);
  EXPECT_EQ(written.error().message, "write to standard output: broken pipe");
}

// fault 16
TEST_F(Sum, WhoseOutputBreaksLeavesWith74AndAWord) {
  out_.bytes_max = 0;
  out_.os_code = EPIPE;
  weir({"sum", write("a", "1 2\n")});
  EXPECT_EQ(exit_, 74);
  EXPECT_TRUE(has(talk_.text, "error: write to standard output: broken"));
}

// fault 138
TEST_F(Sum, ShowsNoControlCharactersOfKeysOrNamesOnATerminal) {
  terminal_ = true;
  const std::string file = write("\x1b[2J\x9b", "\x1b]0;gotcha\x07 1\n\x1b[31m \n");
  weir({"sum", "--set", "format.key=text", "--no-progress", "--color", "never", file});
  EXPECT_EQ(out_.text, "\\x1b]0;gotcha\\x07 1\n");
  EXPECT_EQ((out_.text + talk_.text).find('\x1b'), std::string::npos);
}

TEST_F(Sum, KeepsTheBytesOfKeysElsewhere) {
  weir({"sum", "--set", "format.key=text", write("a", "\x1b[31m 1\nzoë 2\n")});
  EXPECT_EQ(out_.text, "\x1b[31m 1\nzoë 2\n");
}

}  // namespace
}  // namespace weir::testing
