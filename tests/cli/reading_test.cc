// SPDX-License-Identifier: Apache-2.0
// get, top, status, rejects: reading what an ingest left
#include "cli/command_line.h"

namespace weir::testing {
namespace {

using Reading = CommandLineTest;

TEST_F(Reading, WithoutADatabaseLeavesWith66SaysWhereItLookedAndMakesNone) {
  for (const std::string command : {"top", "status", "rejects", "quarantine", "verify"}) {
    weir_from({command});
    EXPECT_EQ(exit_, 66) << command;
    EXPECT_TRUE(has(talk_.text, "no database at " + url())) << command;
    EXPECT_TRUE(has(talk_.text, "--store sqlite:PATH")) << command;
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Reading, GetPrintsThoseThatHaveATotalAndNamesThoseThatHaveNone) {
  ingest(write("a", "1 2\n7 3\n"));
  weir_from({"get", "7", "1"});
  EXPECT_EQ(exit_, 0);
  EXPECT_EQ(out_.text, "7 3\n1 2\n");
  weir_from({"get", "1", "8"});
  EXPECT_EQ(exit_, 1);
  EXPECT_EQ(out_.text, "1 2\n");
  EXPECT_TRUE(has(talk_.text, "8 has no total"));
  weir_from({"get", "8", "--json"});
  EXPECT_EQ(out_.text, "{\"totals\": [\n{\"consumer\": \"8\", \"amount\": null}\n]}\n");
}

TEST_F(Reading, GetOfWhatIsNoKeyIsAMatterOfUsage) {
  ingest(write("a", "1 2\n"));
  weir_from({"get", "abc"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "abc"));
}

TEST_F(Reading, TopShowsTheGreatestFirst) {
  ingest(write("a", "1 5\n2 9\n3 7\n"));
  weir_from({"top", "2"});
  EXPECT_EQ(out_.text, "2 9\n3 7\n");
  weir_from({"top", "1", "--json"});
  EXPECT_EQ(out_.text, "{\"totals\": [\n{\"consumer\": \"2\", \"amount\": 9}\n]}\n");
  weir_from({"top", "x"});
  EXPECT_EQ(exit_, 2);
}

TEST_F(Reading, StatusCountsFilesByTheirState) {
  ingest(write("good", "1 5\n2 9\n"));
  ingest(write("bad", "1\t5\n"));
  weir_from({"status"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(out_.text, "files     1 counted, 0 waiting, 1 set aside, 0 dropped"));
  EXPECT_TRUE(has(out_.text, "2  " + path("bad") + "  looks wrong"));
  weir_from({"status", "--json"});
  EXPECT_TRUE(has(out_.text, R"("files": {"done": 1, "pending": 0, "quarantined": 1, )"));
  EXPECT_TRUE(has(out_.text, R"({"file": 2, "path": ")" + path("bad") + "\""));
}

TEST_F(Reading, StatusTellsWhatChangedSinceItWasCounted) {
  ingest(write("a", "1 5\n"));
  weir_from({"status"});
  EXPECT_FALSE(has(out_.text, "changed since"));
  write("a", "1 5\n1 6\n");
  weir_from({"status"});
  EXPECT_TRUE(has(out_.text, "changed since accepted"));
  EXPECT_TRUE(has(out_.text, path("a")));
}

TEST_F(Reading, CheckpointsAreFileAndLinesAsCsv) {
  ingest(write("a,b", "1 5\n2 6\n\n3 7\n"), {"--set", "fold.unit=4"});
  weir_from({"status", "--checkpoints"});
  EXPECT_EQ(out_.text, "file,start_line,end_line\n\"" + path("a,b") + "\",1,4\n");
  weir_from({"status", "--checkpoints", "--json"});
  EXPECT_TRUE(has(out_.text, R"("start_line": 1, "end_line": 4, "units_behind": 0})"));
}

TEST_F(Reading, RejectsHavePlaceReasonAndText) {
  ingest(write("a", "1 2\nx 5\n1 3\n"));
  ingest(write("b", "1 2\n7 -1\n1 2\n"));
  weir_from({"rejects"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(out_.text, path("a") + ":2: bad_consumer: "));
  EXPECT_TRUE(has(out_.text, path("b") + ":2: sign: "));
  weir_from({"rejects", path("b")});
  EXPECT_FALSE(has(out_.text, path("a")));
  weir_from({"rejects", "2", "--json"});
  EXPECT_TRUE(has(out_.text, R"("line": 2, "offset": 4, "reason": "sign", "text": "7 -1"})"));
  weir_from({"rejects", path("c")});
  EXPECT_EQ(exit_, 66);
}

TEST_F(Reading, RejectsBeyondTheLimitAreCountedAndThatIsSaid) {
  ingest(write("a", "1 2\n1 2\n1 2\nx\ny\n1 3\n"), {"--set", "rejects.kept=1"});
  weir_from({"rejects"});
  EXPECT_EQ(std::count(out_.text.begin(), out_.text.end(), '\n'), 1);
  EXPECT_TRUE(has(talk_.text, "2 bad lines"));
  EXPECT_TRUE(has(talk_.text, "1 of them are kept"));
}

// fault 138
TEST_F(Reading, ListingsHoldNoControlCharactersOfNamesOrLines) {
  ingest(write("\x1b[2Ja", "1 2\n1 2\n\x1b[31m 5\n"));
  ingest(write("\x1b[2Jb", "1\t2\n"));
  for (const std::string command : {"status", "rejects", "quarantine"}) {
    weir_from({command});
    EXPECT_TRUE(has(out_.text, "\\x1b[2J")) << command;
    EXPECT_EQ((out_.text + talk_.text).find('\x1b'), std::string::npos) << command;
    weir_from({command, "--json"});
    EXPECT_EQ((out_.text + talk_.text).find('\x1b'), std::string::npos) << command;
  }
}

// fault 137 (what can be typed; files and their lines are the store's tests)
TEST_F(Reading, KeysNamesAndTablesReachSqlAsValuesOnly) {
  const std::string hostile = "x';DROP\vTABLE\vusage;--";
  ingest(write(hostile, "1 2\n"), {"--set", "format.key=text"});
  EXPECT_EQ(exit_, 0);
  weir_from({"get", hostile, "--set", "format.key=text"});
  EXPECT_EQ(exit_, 1);
  weir_from({"rejects", hostile});
  weir_from({"top", "--set", "store.table=usage\"; DROP TABLE usage; --"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "a name of letters, digits and _"));
  weir_from({"top"});
  EXPECT_EQ(out_.text, "1 2\n");
}

}  // namespace
}  // namespace weir::testing
