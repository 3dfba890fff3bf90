// SPDX-License-Identifier: Apache-2.0
// Options and arguments as CLI11 takes them. Every value is taken as the text that was typed: its
// own conversions read 010 as eight and [a] as a list. Private to the parser of command lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/command_tree.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace weir {

// An option or an argument as it is declared.
struct Declared {
  std::string names;  // "-j,--jobs", or "FILE" for an argument
  std::string value;
  std::string text;
};

// The last of several is taken.
CLI::Option* add_text(CLI::App& app, const Declared& declared, std::string& target);
CLI::Option* add_texts(CLI::App& app, const Declared& declared, std::vector<std::string>& target);
CLI::Option* add_number(CLI::App& app, const Declared& declared, std::uint64_t& target);
// The value's name lists the choices: "auto|always|never". `put` gets the place of the one chosen.
CLI::Option* add_choice(CLI::App& app, const Declared& declared,
                        const std::function<void(std::size_t)>& put);
// Every value that is given, in order.
CLI::Option* add_each(CLI::App& app, const Declared& declared,
                      const std::function<void(const std::string&)>& take);

// As help, man page and completions tell it.
OptionText text_of(const CLI::Option& option);

}  // namespace weir
