// SPDX-License-Identifier: Apache-2.0
// Every command with its options and texts, as plain values taken from the parser itself: help, man
// page, completions and docs/commands.md are all made from this one tree (help.h, pages.h,
// completion.h).
#pragma once

#include <string>
#include <vector>

namespace weir {

struct OptionText {
  std::vector<std::string> names = {};    // "-j", "--jobs"; none: an argument by its place
  std::string value;                      // "N", "FILE", "auto|always|never"; empty: a flag
  std::vector<std::string> choices = {};  // "auto", "always", "never"; none: anything
  std::string text;                       // one line
  bool required = false;
  bool repeated = false;
};

struct CommandText {
  std::string name;      // "ingest"; "" at the root
  std::string group;     // heading it stands under
  std::string summary;   // one line
  std::string details;   // paragraphs
  std::string examples;  // lines: a command, two spaces or more, what it does
  std::vector<OptionText> arguments = {};
  std::vector<OptionText> options = {};
  std::vector<CommandText> commands = {};  // below it
};

}  // namespace weir
