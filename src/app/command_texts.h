// SPDX-License-Identifier: Apache-2.0
// What is said of each command: the words of --help, the man page and docs/commands.md.
#pragma once

#include <string_view>

namespace weir {

struct CommandWords {
  std::string_view path;  // "quarantine retry"; "" is weir itself
  std::string_view group;
  std::string_view summary;
  std::string_view details;
  std::string_view examples;
};

const CommandWords& words_of_command(std::string_view path);

}  // namespace weir
