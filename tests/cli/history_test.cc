// SPDX-License-Identifier: Apache-2.0
// get with a time, explain, roll-up: what history tells, and how it is kept small
#include "cli/command_line.h"
#include "support/sql.h"

namespace weir::testing {
namespace {

class History : public CommandLineTest {
 protected:
  void count(const std::string& file) { ingest(file, {"--set", "store.keep=history"}); }
  // As if all of it had been accepted then.
  void move_to(const std::string& second_of_unix) {
    ASSERT_EQ(sql(path("weir.db"), "UPDATE usage_history SET at = " + second_of_unix +
                                       "; UPDATE weir_file SET accepted_at = " + second_of_unix +
                                       "000000000; SELECT 'moved'"),
              "moved");
  }
  static constexpr const char* may_4_at_3 = "1777863721";  // 2026-05-04T03:02:01Z
};

TEST_F(History, GetPrintsWhatCameWithinATime) {
  count(write("a", "1 5\n2 6\n"));
  move_to(may_4_at_3);
  count(write("b", "1 100\n"));
  weir({"get", "1", "--store", url()});
  EXPECT_EQ(out_.text, "1 105\n");
  weir({"get", "1", "2", "--from", "2026-05-04", "--to", "2026-05-05", "--store", url()});
  EXPECT_EQ(exit_, 0);
  EXPECT_EQ(out_.text, "1 5\n2 6\n");
  weir({"get", "1", "--from", "24h", "--store", url()});
  EXPECT_EQ(out_.text, "1 100\n");
  weir({"get", "1", "2", "--to", "2026-05-04T03:02:01Z", "--store", url()});
  EXPECT_EQ(exit_, 1);
  EXPECT_EQ(out_.text, "");
  EXPECT_TRUE(has(talk_.text, "2 has no history in that time"));
}

TEST_F(History, GetPrintsALineForEachPeriod) {
  count(write("a", "1 5\n2 6\n"));
  move_to(may_4_at_3);
  weir({"get", "1", "2", "--by", "hour", "--store", url()});
  EXPECT_EQ(out_.text, "1 2026-05-04T03:00:00Z hour 5\n2 2026-05-04T03:00:00Z hour 6\n");
  weir({"get", "1", "--by", "month", "--store", url(), "--json"});
  EXPECT_EQ(
      out_.text,
      "{\"totals\": [\n{\"consumer\": \"1\", \"start\": \"2026-05-01T00:00:00Z\", \"period\": "
      "\"month\", \"amount\": 5}\n]}\n");
  weir({"get", "1", "--by", "week", "--store", url()});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "\"week\" is none of hour|day|month"));
}

TEST_F(History, FromTakesATimeAndADatabase) {
  count(write("a", "1 5\n"));
  weir({"get", "1", "--from", "7d", "--from", url()});
  EXPECT_EQ(exit_, 0);
  EXPECT_EQ(out_.text, "1 5\n");
  weir({"get", "1", "--from", "7 weeks", "--from", url()});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "--from: \"7 weeks\" is not a day or second of UTC, such as"));
}

TEST_F(History, ExplainListsTheFilesThatMakeATotal) {
  sql(path("weir.db"),
      "CREATE TABLE usage(consumer INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT; "
      "INSERT INTO usage VALUES(1, 1000)");
  count(write("a", "1 5\n2 6\n"));
  count(write("b", "1 100\n1 1\n"));
  move_to(may_4_at_3);
  weir_from({"explain", "1"});
  EXPECT_EQ(exit_, 0);
  EXPECT_EQ(out_.text, "2026-05-04T03:02:01Z  5  " + path("a") + "\n2026-05-04T03:02:01Z  101  " +
                           path("b") + "\n");
  EXPECT_TRUE(has(talk_.text,
                  "106 in these rows; the total of 1 is 1106: 1000 was there before, "
                  "or counted without history"));
  weir_from({"explain", "1", "--json"});
  EXPECT_TRUE(has(out_.text,
                  "{\"at\": \"2026-05-04T03:02:01Z\", \"period\": \"file\", \"file\": 1, "
                  "\"path\": \"" +
                      path("a") + "\", \"amount\": 5}"));
  EXPECT_TRUE(has(out_.text, "\"explained\": 106, \"total\": 1106}"));
  weir_from({"explain", "7"});
  EXPECT_EQ(exit_, 1);
}

TEST_F(History, WhereNoneIsKeptThatIsSaid) {
  ingest(write("a", "1 5\n"));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"explain", "1"},
        {"get", "1", "--by", "day"},
        {"roll-up", "--older-than", "1d", "--into", "day"}}) {
    weir_from(words);
    EXPECT_EQ(exit_, 2);
    EXPECT_EQ(out_.text, "");
    EXPECT_TRUE(has(talk_.text, "no history is kept of the table usage: store.keep = \"history\""));
  }
}

TEST_F(History, RollUpMergesWhatIsOldAndTotalsStay) {
  count(write("a", "1 5\n2 6\n"));
  count(write("b", "1 100\n"));
  move_to(may_4_at_3);
  count(write("c", "1 7\n"));
  weir_from({"roll-up", "--older-than", "30d", "--into", "day", "--json"});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_TRUE(has(talk_.text, "merged 3 rows from before "));
  EXPECT_TRUE(has(out_.text, "\"rows_merged\": 3, \"stopped\": false}"));
  weir_from({"explain", "1", "--to", "1h"});
  EXPECT_EQ(out_.text, "2026-05-04T00:00:00Z  105  all files of the day\n");
  weir_from({"top"});
  EXPECT_EQ(out_.text, "1 112\n2 6\n");
  weir_from({"verify"});
  EXPECT_EQ(exit_, 0);
}

TEST_F(History, RollUpDoesWhatTheFlowFileSays) {
  count(write("a", "1 5\n"));
  move_to(may_4_at_3);
  weir_from({"roll-up"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "nothing says what is to be rolled up"));
  weir_from({"roll-up", "--older-than", "30d"});
  EXPECT_EQ(exit_, 2);
  const std::string flow =
      write("usage.toml", "[store]\nurl = \"" + url() +
                              "\"\nkeep = \"history\"\n"
                              "[history]\nhours_after = \"1h\"\nmonths_after = \"30d\"\n");
  weir({"roll-up", "-c", flow});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_TRUE(has(talk_.text, " into months\nmerged 0 rows"));
  weir_from({"explain", "1"});
  EXPECT_EQ(out_.text, "2026-05-01T00:00:00Z  5  all files of the month\n");
}

}  // namespace
}  // namespace weir::testing
