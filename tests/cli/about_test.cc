// SPDX-License-Identifier: Apache-2.0
// help, man, completion, version: what the program tells of itself agrees with what it takes
#include <cstdio>

#include "app/command_line.h"
#include "app/help.h"
#include "app/settings.h"
#include "cli/command_line.h"

namespace weir::testing {
namespace {

using About = CommandLineTest;

// Calls visit(words of the command, command) for the root and everything below.
template <class Visit>
void each_command(const CommandText& command, const std::vector<std::string>& words, Visit visit) {
  visit(words, command);
  for (const CommandText& below : command.commands) {
    auto deeper = words;
    deeper.push_back(below.name);
    each_command(below, deeper, visit);
  }
}

// A hyphen is written as \- in roff.
std::string in_roff(const std::string& text) {
  std::string roff;
  for (const char c : text) {
    roff += c == '-' ? std::string("\\-") : std::string(1, c);
  }
  return roff;
}

TEST_F(About, HelpManPageAndDocsNameEveryCommandWithEveryFlag) {
  weir({"man"});
  const std::string man = out_.text;
  weir({"man", "--commands"});
  const std::string docs = out_.text;
  each_command(command_tree(), {}, [&](std::vector<std::string> words, const CommandText& command) {
    words.push_back("--help");
    weir(words);
    EXPECT_EQ(exit_, 0);
    EXPECT_TRUE(has(out_.text, command.examples.substr(0, command.examples.find('\n'))));
    for (const OptionText& option : command.options) {
      for (const std::string& name : option.names) {
        EXPECT_TRUE(has(out_.text, name));
        EXPECT_TRUE(has(man, in_roff(name)));
        EXPECT_TRUE(has(docs, name));
      }
    }
  });
}

TEST_F(About, HelpOfACommandIsThatOfItsFlag) {
  each_command(command_tree(), {}, [&](std::vector<std::string> words, const CommandText&) {
    auto flag = words;
    flag.push_back("--help");
    words.insert(words.begin(), "help");
    weir(words);
    const std::string help = out_.text;
    weir(flag);
    EXPECT_EQ(help, out_.text);
  });
}

TEST_F(About, ExamplesOfEveryCommandAreUnderstood) {
  each_command(command_tree(), {}, [](const std::vector<std::string>&, const CommandText& command) {
    std::istringstream lines(command.examples);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream rest(line.substr(line.find("weir ") + 5));
      std::vector<std::string> words;
      for (std::string word; rest >> word && word != ">" && word != "|";) {
        words.push_back(word);
        rest >> std::ws;
        if (rest.tellg() != -1 &&
            line.find("  ", line.find(word)) == line.find(word) + word.size()) {
          break;  // two spaces: what follows explains
        }
      }
      EXPECT_TRUE(parse_command_line(words)) << line;
    }
  });
}

TEST_F(About, CommittedDocumentsAreWhatTheProgramPrints) {
  weir({"man", "--commands"});
  EXPECT_EQ(out_.text, file_bytes(WEIR_DOCS "/commands.md"))
      << "weir man --commands > docs/commands.md";
  weir({"man", "--flow-file"});
  EXPECT_EQ(out_.text, file_bytes(WEIR_DOCS "/flow-file.md"))
      << "weir man --flow-file > docs/flow-file.md";
}

TEST_F(About, ManPageAndFlowFilePageHaveEverySetting) {
  weir({"man"});
  const std::string man = out_.text;
  weir({"man", "--flow-file"});
  for (const Setting& setting : all_settings()) {
    const std::string key(setting.key);
    EXPECT_TRUE(has(man, "\\fB" + in_roff(key) + " = "));
    EXPECT_TRUE(has(out_.text, "| `" + key.substr(key.find('.') + 1) + "` | "));
  }
}

// What a shell answers when the last word is to be completed.
std::string completed_by_bash(const std::string& script, const std::string& words) {
  const std::string command = "bash -c 'source \"" + script + "\"; COMP_WORDS=(" + words +
                              "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _weir; " +
                              "echo \"${COMPREPLY[@]}\"' 2>/dev/null";
  FILE* const shell = popen(command.c_str(), "r");
  std::string answer;
  for (int c = std::fgetc(shell); c != EOF; c = std::fgetc(shell)) {
    answer += static_cast<char>(c);
  }
  pclose(shell);
  return answer;
}

TEST_F(About, BashCompletesCommandsFlagsAndValues) {
  weir({"completion", "bash"});
  const std::string script = write("weir.bash", out_.text);
  EXPECT_EQ(completed_by_bash(script, "weir ing"), "ingest\n");
  EXPECT_EQ(completed_by_bash(script, "weir ingest --conc"), "\n");
  EXPECT_EQ(completed_by_bash(script, "weir ingest --jo"), "--jobs\n");
  EXPECT_EQ(completed_by_bash(script, "weir top --color al"), "always\n");
  EXPECT_EQ(completed_by_bash(script, "weir quarantine retry --a"), "--all\n");
  EXPECT_EQ(completed_by_bash(script, "weir sum --set fold.m"), "fold.memory=\n");
  EXPECT_EQ(completed_by_bash(script, "weir sum " + script.substr(0, script.size() - 3)),
            script + "\n");
}

TEST_F(About, CompletionsForEveryShellNameEveryFlag) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    weir({"completion", shell});
    each_command(
        command_tree(), {}, [&](const std::vector<std::string>&, const CommandText& command) {
          for (const OptionText& option : command.options) {
            const std::string& name =
                option.names.size() > 1 && shell != "fish" ? option.names[1] : option.names[0];
            EXPECT_TRUE(has(out_.text, shell != "fish"          ? name
                                       : name.starts_with("--") ? " -l " + name.substr(2)
                                                                : " -s " + name.substr(1)));
          }
        });
  }
  weir({"completion", "tcsh"});
  EXPECT_EQ(exit_, 2);
}

TEST_F(About, AWordThatIsNotUnderstoodLeavesWith2AndAGuess) {
  weir({"igest", "x"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "did you mean ingest?"));
  weir({"ingest", "--jbos", "2"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "--jbos: weir ingest has no such option; did you mean --jobs?"));
  weir({"help", "sums"});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "did you mean sum?"));
  weir({});
  EXPECT_EQ(exit_, 2);
  EXPECT_TRUE(has(talk_.text, "weir ingest usage/"));
}

TEST_F(About, VersionIsPrintedByFlagAndCommand) {
  weir({"version"});
  const std::string version = out_.text;
  EXPECT_TRUE(version.starts_with("weir "));
  weir({"--version"});
  EXPECT_EQ(out_.text, version);
  weir({"version", "--json"});
  EXPECT_TRUE(has(out_.text, "{\"version\": \""));
}

TEST_F(About, ColoursAreForTerminalsAndNoColorIsHonoured) {
  terminal_ = true;
  weir({"get"});
  EXPECT_TRUE(has(talk_.text, "\x1b[1;31merror: "));
  environment_["NO_COLOR"] = "1";
  weir({"get"});
  EXPECT_FALSE(has(talk_.text, "\x1b["));
  weir({"top", "--color", "always", "--from", url()});
  EXPECT_TRUE(has(talk_.text, "\x1b[1;31merror: "));
}

}  // namespace
}  // namespace weir::testing
