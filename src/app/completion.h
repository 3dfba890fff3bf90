// SPDX-License-Identifier: Apache-2.0
// Completions for shells, made from the tree of commands and the table of settings.
#pragma once

#include <string>
#include <string_view>

#include "app/command_tree.h"

namespace weir {

// For "bash", "zsh" or "fish".
std::string completion_script(const CommandText& root, std::string_view shell);

}  // namespace weir
