// SPDX-License-Identifier: Apache-2.0
// weir ingest
#include "cli/command_line.h"

namespace weir::testing {
namespace {

using Ingest = CommandLineTest;

TEST_F(Ingest, CountsEachFileOnceHoweverOftenItRuns) {
  std::filesystem::create_directory(path("in"));
  write("in/a", "1 2\n2 3\n");
  ingest(path("in"));
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "counted 1 file, 8 B, 2 lines, 0 rejected, 2 keys"));
  write("in/b", "1 40\n");
  ingest(path("in"));
  EXPECT_TRUE(has(talk_.text, "counted 1 file, 5 B"));
  EXPECT_TRUE(has(talk_.text, "files: 1 known before"));
  weir_from({"top"});
  EXPECT_EQ(out_.text, "1 42\n2 3\n");
}

TEST_F(Ingest, OfAPathThatIsNotThereLeavesWith66AndMakesNoDatabase) {
  ingest(path("nowhere"));
  EXPECT_EQ(exit_, 66);
  EXPECT_FALSE(std::filesystem::exists(path("weir.db")));
}

TEST_F(Ingest, WithoutAPathIsAMatterOfUsage) {
  weir({"ingest", "--into", url()});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "source.url"));
  EXPECT_FALSE(std::filesystem::exists(path("weir.db")));
}

TEST_F(Ingest, OfAPipeIsRefusedWithTheReason) {
  ingest("-");
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "cannot be read again after a crash"));
}

TEST_F(Ingest, SetsAsideWhatLooksWrongAndLeavesWith1) {
  ingest(write("a", "1\t2\n2\t3\n"));
  EXPECT_EQ(exit_, 1);
  EXPECT_TRUE(has(talk_.text, "format.separator=blank"));
  EXPECT_TRUE(has(talk_.text, "1 file set aside"));
  weir_from({"top"});
  EXPECT_EQ(out_.text, "");
}

TEST_F(Ingest, GoesOnWithRejectsAndSaysHowToSeeThem) {
  ingest(write("a", "1 2\nx\n1 3\n"));
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "1 bad line refused; `weir rejects` lists them"));
}

TEST_F(Ingest, AsJsonPrintsTheSummary) {
  ingest(write("a", "1 2\n"), {"--json"});
  EXPECT_TRUE(has(out_.text, R"({"summary": {"files_seen": 1, "files_known": 0, )"
                             R"("files_counted": 1, "files_quarantined": 0, )"
                             R"("files_waiting": 0, "files_unfinished": 0, )"
                             R"("files_released": 0, "bytes": 4, "lines": 1, )"));
  EXPECT_TRUE(has(out_.text, R"("commits": 1, "commit_seconds": )"));
  EXPECT_TRUE(has(out_.text, R"("stopped": false, "skipped": {}}})"));
}

// fault 13 (the drain; the second signal is SignalsTest.TheSecondOneLeavesAtOnce)
TEST_F(Ingest, ThatIsAskedToStopDrainsAndTheNextOneGoesOn) {
  stop_->request();
  ingest(write("a", "1 2\n"));
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "stopped on request"));
  stop_ = std::make_unique<Stop>();
  ingest(path("a"));
  weir_from({"top"});
  EXPECT_EQ(out_.text, "1 2\n");
}

// fault 26
TEST_F(Ingest, CountsAllTheSameWhenNobodyCanHearIt) {
  talk_.bytes_max = 0;
  talk_.os_code = ENOSPC;
  ingest(write("a", "1 2\nbad\n1 3\n"));
  EXPECT_EQ(exit_, 0);
  talk_.bytes_max = SIZE_MAX;
  weir_from({"get", "1"});
  EXPECT_EQ(out_.text, "1 5\n");
}

// fault 20 (within one process)
TEST_F(Ingest, WhileAnotherHoldsTheDatabaseLeavesWith75) {
  ingest(write("a", "1 2\n"));
  const auto held = open_sqlite_store(system_clock(), {.path = path("weir.db")});
  ASSERT_TRUE(held);
  ingest(write("b", "1 3\n"));
  EXPECT_EQ(exit_, 75);
  EXPECT_TRUE(has(talk_.text, "error: "));
}

TEST_F(Ingest, SpillsBesideTheDatabaseAndLeavesNothingBehind) {
  std::string lines;
  for (int key = 0; key < 30'000; ++key) {
    lines += std::to_string(key) + " 1\n";
  }
  ingest(write("a", lines), {"--set", "fold.memory=64KiB", "--json"});
  EXPECT_EQ(exit_, 0);
  EXPECT_FALSE(has(out_.text, R"("bytes_spilled": 0,)"));
  EXPECT_FALSE(std::filesystem::exists(path(".weir.db.spill")));
  weir_from({"top", "1000000", "-q"});
  EXPECT_EQ(std::count(out_.text.begin(), out_.text.end(), '\n'), 30'000);
}

TEST_F(Ingest, QuietSaysNothingWhereNothingIsWrong) {
  ingest(write("a", "1 2\n"), {"-q"});
  EXPECT_EQ(talk_.text, "");
  EXPECT_EQ(out_.text, "");
}

TEST_F(Ingest, TakesTextKeysAndReadingThemNeedsNoSetting) {
  ingest(write("a", "zoë 2\n'; DROP TABLE usage; -- 3\n"), {"--set", "format.key=text"});
  ingest(write("b", "zoë 3\n"), {"--set", "format.key=text"});
  weir_from({"get", "zoë"});
  EXPECT_EQ(out_.text, "zoë 5\n");
}

TEST_F(Ingest, AnotherKindOfNameByWhichAllWouldCountAgainIsRefused) {
  const std::string file = write("a", "1 5\n");
  ingest(file);
  ingest(file, {"--set", "source.id=billing"});
  EXPECT_NE(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "source.id"));
  weir_from({"top"});
  EXPECT_EQ(out_.text, "1 5\n");
}

}  // namespace
}  // namespace weir::testing
