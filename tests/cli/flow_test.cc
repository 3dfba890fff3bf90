// SPDX-License-Identifier: Apache-2.0
// Where settings come from, and weir check
#include "cli/command_line.h"

namespace weir::testing {
namespace {

using Flow = CommandLineTest;
using Check = CommandLineTest;

TEST_F(Flow, AFlagBeatsTheEnvironmentBeatsTheFlowFileBeatsTheDefault) {
  const std::string flow =
      write("usage.toml", "[fold]\nmemory = \"1MiB\"\nentries = 1\nunit = 7\n");
  environment_["WEIR__FOLD__MEMORY"] = "2MiB";
  environment_["WEIR__FOLD__ENTRIES"] = "2";
  weir({"check", "-c", flow, "--set", "fold.memory=3MiB"});
  EXPECT_EQ(exit_, 0);
  EXPECT_TRUE(has(out_.text, "memory = \"3MiB\"                     # --set\n"));
  EXPECT_TRUE(has(out_.text, "entries = 2                         # WEIR__FOLD__ENTRIES\n"));
  EXPECT_TRUE(has(out_.text, "unit = \"7\"                          # " + flow + ":4:1\n"));
  EXPECT_TRUE(has(out_.text, "batch_age = \"5s\"                    # default\n"));
}

TEST_F(Flow, OfAFlowFileIsCountedFromItsFolder) {
  std::filesystem::create_directories(path("conf/in"));
  write("conf/in/a", "1 2\n");
  const std::string flow =
      write("conf/usage.toml", "[source]\nurl = \"in\"\n[store]\nurl = \"sqlite:u.db\"\n");
  weir({"ingest", "-c", flow});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_TRUE(std::filesystem::exists(path("conf/u.db")));
  weir({"top", "-c", flow});
  EXPECT_EQ(out_.text, "1 2\n");
}

TEST_F(Flow, WithAndWithoutAFlowFileIsOneFlowNamedAfterTheTable) {
  ingest(write("a", "1 2\n"));
  const std::string flow = write("any.toml", "[store]\nurl = \"" + url() + "\"\n");
  weir({"ingest", "-c", flow, path("a")});
  EXPECT_TRUE(has(talk_.text, "1 known before"));
  weir_from({"status", "--set", "store.table=usage"});
  EXPECT_TRUE(has(out_.text, "flow      usage\n"));
}

TEST_F(Flow, FileMayBeALinkAndMustBeThere) {
  write("usage.toml", "[fold]\nentries = 5\n");
  std::filesystem::create_symlink("usage.toml", path("link.toml"));
  weir({"check", "-c", path("link.toml")});
  EXPECT_TRUE(has(out_.text, "entries = 5"));
  weir({"check", "-c", path("nowhere.toml")});
  EXPECT_EQ(exit_, 66);
}

// fault 142
TEST_F(Check, FindsEveryErrorOfMeaningAtOnceEachWithItsPlace) {
  const std::string flow = write("usage.toml",
                                 "nmae = \"x\"\njobs = \"many\"\n[fold]\nmemory = \"1KiB\"\n"
                                 "unit = true\n[queue]\nurl = \"amqp://x\"\n");
  environment_["WEIR__FOLD__ENTRYS"] = "1";
  weir({"check", "-c", flow});
  EXPECT_EQ(exit_, 78);
  EXPECT_TRUE(has(talk_.text, flow + ":1:1: nmae: not known: did you mean name?"));
  EXPECT_TRUE(has(talk_.text, flow + ":2:1: jobs: a text in quotation marks stands here"));
  EXPECT_TRUE(has(talk_.text, flow + ":4:1: fold.memory: \"1KiB\" is out of range"));
  EXPECT_TRUE(has(talk_.text, flow + ":5:1: fold.unit: true or false stands here"));
  EXPECT_TRUE(has(talk_.text, flow + ":6:2: queue: not known to weir"));
  EXPECT_TRUE(has(talk_.text, "WEIR__FOLD__ENTRYS: not known: did you mean WEIR__FOLD__ENTRIES?"));
  weir({"ingest", "-c", flow, path("")});
  EXPECT_EQ(exit_, 78);
}

TEST_F(Flow, VectorsOfTheEnvironmentGiveTheSameAnswer) {
  const std::string lines = write("a", "1 2\n12345678901 3\n1 x\n1 4\n");
  for (const Vectors vectors : {Vectors::portable, Vectors::avx2, Vectors::avx512}) {
    environment_["WEIR_VECTORS"] = to_text(vectors);
    weir({"sum", lines});
    if (vectors <= vectors_of_machine()) {
      EXPECT_EQ(out_.text, "1 6\n12345678901 3\n");
    } else {
      EXPECT_EQ(exit_, 2);
      EXPECT_TRUE(has(talk_.text, "WEIR_VECTORS: this machine does not run"));
    }
  }
  environment_["WEIR_VECTORS"] = "sse";
  weir({"sum", lines});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "WEIR_VECTORS: sse is not known: portable, avx2 or avx512"));
}

// fault 142
TEST_F(Check, FindsAnErrorOfSyntaxAloneWithItsPlace) {
  const std::string flow = write("usage.toml", "jobs = 1\n[fold\nmemory = 3\n");
  weir({"check", "-c", flow});
  EXPECT_EQ(exit_, 78);
  EXPECT_TRUE(has(talk_.text, flow + ":2:6: "));
  write("usage.toml", "jobs = 1\njobs = 2\n");
  weir({"check", "-c", flow});
  EXPECT_EQ(exit_, 78);
  EXPECT_TRUE(has(talk_.text, flow + ":2:"));
  EXPECT_TRUE(has(talk_.text, "cannot redefine"));
}

TEST_F(Check, WrongSettingsOnTheCommandLineAreAMatterOfUsage) {
  weir({"check", "--set", "fold.memory=lots", "--set", "nonsense"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "--set: fold.memory: \"lots\" is not right"));
  EXPECT_TRUE(has(talk_.text, "--set: write KEY=VALUE"));
}

TEST_F(Check, PrintsAFlowFileThatMeansTheSame) {
  weir({"check", "--set", "fold.memory=3MiB", "--set", "source.url=/in"});
  const std::string printed = write("printed.toml", out_.text);
  weir({"check", "--json", "--set", "fold.memory=3MiB", "--set", "source.url=/in"});
  const std::string meant = out_.text;
  weir({"check", "--json", "-c", printed});
  EXPECT_EQ(exit_, 0) << talk_.text;
  EXPECT_TRUE(has(meant, R"({"key": "fold.memory", "value": "3MiB", "origin": "--set"})"));
  EXPECT_TRUE(has(out_.text, R"({"key": "fold.memory", "value": "3MiB", "origin": ")" + printed));
}

TEST_F(Check, ConnectingSaysWhatIsMissingAndMakesNothing) {
  std::filesystem::create_directory(path("in"));
  weir({"check", "--connect", "--into", url(), "--set", "source.url=" + path("in")});
  EXPECT_EQ(exit_, 66);
  EXPECT_TRUE(has(talk_.text, "source: can be listed; no file is there"));
  EXPECT_TRUE(has(talk_.text, "no database at"));
  EXPECT_FALSE(std::filesystem::exists(path("weir.db")));
  weir({"init", "--into", url()});
  weir({"check", "--connect", "--into", url(), "--set", "source.url=" + path("in")});
  EXPECT_EQ(exit_, 0);
  weir({"check", "--connect", "--into", url(), "--set", "source.url=" + path("out")});
  EXPECT_EQ(exit_, 66);
}

// fault 141
TEST_F(Check, NoOutputHoldsASecret) {
  const std::string secret = "hunter2";
  const std::string store = "postgresql://me:" + secret + "@host/db";
  const std::string flow =
      write("usage.toml", "[store]\nurl = \"" + store + "\"\npassword = \"" + secret + "\"\n");
  environment_["WEIR__SOURCE__URL"] = "sftp://me:" + secret + "@host/";
  environment_["WEIR__STORE__PASSWORD"] = secret;
  const std::vector<std::vector<std::string>> lines = {
      {"check", "-c", flow},
      {"check", "--json", "-c", flow},
      {"top", "--from", store},
      {"ingest", "s3://me:" + secret + "@bucket", "--into", store},
      {"check", "--set", "password=" + secret},
      {"check", "--set", secret},
      {"sum", "--pasword=" + secret},
      {"sum", store}};
  for (const auto& words : lines) {
    weir(words);
    EXPECT_NE(exit_, 0);
    EXPECT_FALSE(has(out_.text, secret));
    EXPECT_FALSE(has(talk_.text, secret));
  }
}

}  // namespace
}  // namespace weir::testing
