// SPDX-License-Identifier: Apache-2.0
// From what was typed to a command, and the tree of all that can be typed.
#pragma once

#include <string>
#include <vector>

#include "app/command_tree.h"
#include "app/commands.h"
#include "base/result.h"

namespace weir {

// `invalid`: not understood; the message says what, and what may have been meant.
Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

// Options that every command takes stand at the root.
CommandText command_tree();

}  // namespace weir
