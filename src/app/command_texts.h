// SPDX-License-Identifier: Apache-2.0
// What is said of each command: the words of --help, the man page and docs/commands.md.
#pragma once

#include <span>
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

// A variable of the environment, as the man page and docs/commands.md have it.
struct EnvironmentWords {
  std::string_view name;
  std::string_view meaning;
};

std::span<const EnvironmentWords> environment_words();

}  // namespace weir
