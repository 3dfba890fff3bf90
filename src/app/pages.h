// SPDX-License-Identifier: Apache-2.0
// The man page and the documents that are made from the program itself.
#pragma once

#include <string>

#include "app/command_tree.h"

namespace weir {

std::string man_page(const CommandText& root);       // weir(1), in roff
std::string commands_page(const CommandText& root);  // docs/commands.md
std::string flow_file_page();                        // docs/flow-file.md

// The fixed limits: name, value with unit, what it limits.
struct FixedLimit {
  std::string name;
  std::string value;
  std::string meaning;
};
std::vector<FixedLimit> fixed_limits();

}  // namespace weir
