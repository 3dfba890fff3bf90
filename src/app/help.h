// SPDX-License-Identifier: Apache-2.0
// --help: examples first, then what there is to choose.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/command_tree.h"

namespace weir {

// The command that the words lead to; nothing: there is none. Lives as long as the root.
const CommandText* find_command(const CommandText& root, std::span<const std::string> words);

// For a terminal so wide (60 to 100 columns are used).
std::string help_text(const CommandText& root, std::span<const std::string> words, int columns);

// "-j, --jobs, --concurrency N" or "FILE…".
std::string option_title(const OptionText& option);
// "weir quarantine retry [OPTIONS] FILE…"
std::string usage_line(const CommandText& command, std::string_view path);

// Words broken into lines of at most so many columns.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

}  // namespace weir
