// SPDX-License-Identifier: Apache-2.0
// revoke, forget, verify --rebase, corrections: changing what was counted, and the record of it
#include <fstream>
#include <sstream>

#include "cli/command_line.h"
#include "support/sql.h"

namespace weir::testing {
namespace {

class Correct : public CommandLineTest {
 protected:
  void count(const std::string& file) { ingest(file, {"--set", "store.keep=history"}); }
  std::string totals() {
    weir_from({"top"});
    return out_.text;
  }
};
using Revoke = Correct;
using Forget = Correct;
using Rebase = Correct;

TEST_F(Revoke, TakesBackWhatAFileAdded) {
  count(write("a", "1 5\n2 6\n"));
  count(write("b", "1 100\n3 7\nbad\n"));
  weir_from({"revoke", path("b"), "--why", "sent twice"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, path("b") + " is revoked: 107 taken back from 2 consumers "
                                          "(correction 1)"));
  EXPECT_EQ(totals(), "2 6\n1 5\n3 0\n");
  weir_from({"rejects"});
  EXPECT_EQ(out_.text, "");
  weir_from({"status"});
  EXPECT_TRUE(has(out_.text, "1 counted, 0 waiting, 0 set aside, 0 dropped, 1 revoked"));
  weir_from({"verify"});
  EXPECT_EQ(exit_, 0);
}

TEST_F(Revoke, IsRecordedAndDoneOnce) {
  count(write("a", "1 5\n"));
  weir_from({"revoke", "1", "--why", "wrong\nday"});
  weir_from({"revoke", path("a"), "--json"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "had been revoked before (correction 1)"));
  EXPECT_TRUE(has(out_.text, "{\"revoked\": [\n{\"number\": 1, "));
  EXPECT_TRUE(has(out_.text, "\"why\": \"wrong\\nday\", \"keys\": 1, \"amount\": -5}"));
  weir_from({"corrections"});
  EXPECT_TRUE(out_.text.starts_with("1  2"));
  EXPECT_TRUE(out_.text.ends_with("  revoke " + path("a") +
                                  " (file 1): -5 over 1 consumer: wrong\\nday\n"));
  EXPECT_EQ(std::count(out_.text.begin(), out_.text.end(), '\n'), 1);
}

TEST_F(Revoke, ARevokedFileIsCountedAgainOnlyOnRequest) {
  count(write("a", "1 5\n"));
  weir_from({"revoke", path("a")});
  count(path("a"));
  write("a", "1 50\n");
  count(path("a"));
  EXPECT_EQ(totals(), "1 0\n");
  weir_from({"quarantine", "retry", path("a")});
  EXPECT_EQ(exit_, 0) << talk_.text;
  count(path("a"));
  EXPECT_EQ(totals(), "1 50\n");
}

TEST_F(Revoke, WhatWasCountedWithoutHistoryIsRefused) {
  ingest(write("a", "1 5\n"));
  weir_from({"revoke", path("a")});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "was counted without history"));
  EXPECT_TRUE(has(talk_.text, "store.keep = \"history\""));
  weir_from({"revoke", path("nowhere")});
  EXPECT_EQ(exit_, 66);
  EXPECT_EQ(totals(), "1 5\n");
}

TEST_F(Revoke, WithoutADatabaseNoneIsMade) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"revoke", "1"},
                                                {"forget", "--before", "1d"},
                                                {"roll-up", "--older-than", "1d", "--into", "day"},
                                                {"verify", "--rebase"}}) {
    weir_from(words);
    EXPECT_EQ(exit_, 66);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Revoke, AnotherProcessThatHoldsTheDatabaseIsNotDisturbed) {
  count(write("a", "1 5\n"));
  const auto held = open_sqlite_store(system_clock(), {.path = path("weir.db")});
  ASSERT_TRUE(held);
  weir_from({"revoke", "1"});
  EXPECT_EQ(exit_, 75);
}

TEST_F(Forget, DropsWhatIsOverAndSaysWhatThatMeans) {
  count(write("a", "1 5\n"));
  count(write("b", "1 100\n"));
  weir_from({"revoke", path("a")});
  weir_from({"forget", "--before", "1d"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "no file was over before"));
  weir_from({"forget", "--before", "0s", "--json"});
  EXPECT_TRUE(has(talk_.text,
                  "1 file forgotten; what they added stays, and a file of the same "
                  "name counts again (correction 2)"));
  EXPECT_TRUE(has(out_.text, "{\"forgotten\": 1, \"amount\": 0, \"correction\": 2}"));
  weir_from({"corrections"});
  EXPECT_TRUE(has(out_.text, "  forget: 1 file, whose 0 stay: finished before "));
  count(path("a"));
  EXPECT_EQ(totals(), "1 105\n");
  weir_from({"verify"});
  EXPECT_EQ(exit_, 0);
}

TEST_F(Forget, NeedsATimeThatItUnderstands) {
  count(write("a", "1 5\n"));
  weir_from({"forget"});
  EXPECT_EQ(exit_, 2);
  weir_from({"forget", "--before", "yesterday"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "--before: \"yesterday\" is not a day or second of UTC"));
}

TEST_F(Rebase, AcceptsWhatOthersWrote) {
  ingest(write("a", "1 5\n2 6\n"));
  sql(path("weir.db"), "UPDATE usage SET amount = amount + 100 WHERE consumer = 2");
  weir_from({"verify"});
  EXPECT_EQ(exit_, 1);
  weir_from({"verify", "--rebase", "--why", "moved by hand"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(talk_.text, "what others wrote, 100 in all, belongs to the base from now on"));
  EXPECT_TRUE(has(out_.text, "the books balance"));
  weir_from({"corrections", "--json"});
  EXPECT_TRUE(has(out_.text,
                  "\"action\": \"rebase\", \"file\": 0, \"path\": \"\", \"why\": \"moved by "
                  "hand\", \"keys\": 2, \"amount\": 100}"));
  weir_from({"verify", "--rebase"});
  EXPECT_TRUE(has(talk_.text, "nothing was to be rebased"));
}

// fault 11 (whole commands on a database of an older weir)
TEST_F(Correct, ADatabaseOfAnOlderWeirIsReadOnceItIsBroughtUpToDate) {
  std::ifstream file(WEIR_SCHEMA_1);
  std::ostringstream statements;
  statements << file.rdbuf();
  sql(path("weir.db"), statements.str());
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"get", "1"}, {"top"}, {"status"}, {"verify"}, {"corrections"}}) {
    weir_from(words);
    EXPECT_EQ(exit_, 69) << words[0];
    EXPECT_TRUE(has(talk_.text, "was made by an older weir (schema 1): run: weir init"));
  }
  weir({"init", "--into", url()});
  EXPECT_TRUE(has(talk_.text, "brought up to date"));
  weir_from({"get", "1"});
  EXPECT_EQ(out_.text, "1 6572\n");
  weir_from({"verify"});
  EXPECT_EQ(exit_, 0);
}

}  // namespace
}  // namespace weir::testing
