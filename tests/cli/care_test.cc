// SPDX-License-Identifier: Apache-2.0
// quarantine, verify, init: taking care of a database
#include "cli/command_line.h"
#include "support/sql.h"

namespace weir::testing {
namespace {

using Quarantine = CommandLineTest;
using Verify = CommandLineTest;
using Init = CommandLineTest;

TEST_F(Quarantine, ListsFilesWithNumberPathAndReason) {
  ingest(write("a", "1\t2\n"));
  weir_from({"quarantine"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(out_.text.starts_with("1  " + path("a") + "  looks wrong: "));
  EXPECT_TRUE(has(talk_.text, "weir quarantine retry NUMBER"));
  weir_from({"quarantine", "list", "--json"});
  EXPECT_TRUE(has(out_.text, R"({"file": 1, "path": ")" + path("a") + R"(", "reason": "looks)"));
}

TEST_F(Quarantine, ACorrectedRunAfterARetryTakesTheFile) {
  ingest(write("a", "1\t2\n"));
  weir_from({"quarantine", "retry", path("a")});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "the next ingest takes it again"));
  ingest(path("a"), {"--set", "format.separator=blank"});
  EXPECT_EQ(exit_, 0);
  weir_from({"top"});
  EXPECT_EQ(out_.text, "1 2\n");
}

TEST_F(Quarantine, ADroppedFileIsNeverCountedUntilItIsRetried) {
  ingest(write("a", "1\t2\n"));
  weir_from({"quarantine", "drop", "1"});
  EXPECT_EQ(exit_, 0);
  write("a", "1 2\n");
  ingest(path("a"));
  weir_from({"top"});
  EXPECT_EQ(out_.text, "");
  weir_from({"quarantine", "retry", "1"});
  ingest(path("a"));
  weir_from({"top"});
  EXPECT_EQ(out_.text, "1 2\n");
}

TEST_F(Quarantine, AllMeansEveryFileThatIsSetAside) {
  ingest(write("a", "1\t2\n"));
  ingest(write("b", "1\t2\n"));
  weir_from({"quarantine", "drop", "--all"});
  EXPECT_TRUE(has(talk_.text, path("a")));
  EXPECT_TRUE(has(talk_.text, path("b")));
  weir_from({"quarantine"});
  EXPECT_EQ(out_.text, "");
  EXPECT_TRUE(has(talk_.text, "no file is set aside"));
}

TEST_F(Quarantine, RefusesWhatItCannotDecide) {
  ingest(write("a", "1 2\n"));
  weir_from({"quarantine", "retry", path("a")});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "neither quarantined nor dropped"));
  weir_from({"quarantine", "retry"});
  EXPECT_EQ(exit_, 2);
  weir_from({"quarantine", "drop", path("nowhere")});
  EXPECT_EQ(exit_, 66);
}

TEST_F(Quarantine, DecidingWithoutADatabaseMakesNone) {
  weir_from({"quarantine", "retry", "--all"});
  EXPECT_EQ(exit_, 66);
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Verify, SaysThatTheBooksBalance) {
  ingest(write("a", "1 2\n5 40\n"));
  weir_from({"verify"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(out_.text, "totals   42 over 2 consumers"));
  EXPECT_TRUE(has(out_.text, "the books balance"));
  weir_from({"verify", "--json"});
  EXPECT_TRUE(has(out_.text, R"({"balanced": true, "faults": [], "consumers": 2, "files": 1, )"));
}

TEST_F(Verify, SeesWhatSomeoneElseWroteAndLeavesWith1) {
  ingest(write("a", "1 2\n5 40\n"));
  sql(path("weir.db"), "UPDATE usage SET amount = amount + 1 WHERE consumer = 5");
  weir_from({"verify"});
  EXPECT_EQ(exit_, 1);
  EXPECT_TRUE(has(out_.text, "the books do not balance"));
  EXPECT_TRUE(has(talk_.text, "error: the totals are off"));
}

TEST_F(Verify, ReadingNamesTheFileThatIsNotWhatWasCounted) {
  ingest(write("a", "1 2\n5 40\n"));
  weir_from({"verify", "--read"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(out_.text, "read     1 file, 0 no longer there"));
  write("a", "1 2\n5 41\n");
  weir_from({"verify", "--read"});
  EXPECT_EQ(exit_, 1);
  EXPECT_TRUE(has(talk_.text, path("a") + " is not what was counted"));
}

TEST_F(Init, MakesWhatIsMissingOnce) {
  weir({"init", "--into", url()});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "created what was missing"));
  EXPECT_TRUE(has(talk_.text, "usage(consumer, amount)"));
  weir({"init", "--into", url()});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "nothing was missing"));
  weir_from({"top"});
  EXPECT_EQ(exit_, 0);
}

TEST_F(Init, KeepsTheValuesOfATableThatIsThere) {
  sql(path("weir.db"),
      "CREATE TABLE used (who INTEGER PRIMARY KEY, much INTEGER NOT NULL) STRICT; "
      "INSERT INTO used VALUES (1, 40)");
  const std::vector<std::string> table = {
      "--set", "store.table=used", "--set", "store.consumer=who", "--set", "store.amount=much"};
  ingest(write("a", "1 2\n"), table);
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_EQ(sql(path("weir.db"), "SELECT much FROM used WHERE who = 1"), "42");
}

TEST_F(Init, RefusesATableThatCannotHoldExactSums) {
  sql(path("weir.db"), "CREATE TABLE usage (consumer INTEGER, amount REAL)");
  weir({"init", "--into", url()});
  EXPECT_EQ(exit_, 69);
  EXPECT_TRUE(has(talk_.text, "usage"));
}

}  // namespace
}  // namespace weir::testing
