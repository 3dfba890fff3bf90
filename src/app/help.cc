// SPDX-License-Identifier: Apache-2.0
#include "app/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/exit_code.h"
#include "base/check.h"

namespace weir {
namespace {

using Texts = std::vector<std::string>;

constexpr std::size_t title_columns = 28;

// Characters, not bytes, as far as a continuation byte of UTF-8 takes no room.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string line_with_title(std::string_view title, std::string_view text, std::size_t columns) {
  std::string lines = fmt::format("  {}", title);
  const Texts rest = wrapped(text, columns - title_columns - 2);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const std::size_t used = i == 0 ? columns_of(title) + 2 : 0;
    const bool fits = used < title_columns + 1;
    lines += i == 0 && fits ? "" : "\n";
    lines +=
        std::string(fits && i == 0 ? title_columns + 2 - used : title_columns + 2, ' ') + rest[i];
  }
  return lines + "\n";
}

std::string option_lines(std::string_view heading, const std::vector<OptionText>& options,
                         std::size_t columns) {
  std::string text = options.empty() ? "" : fmt::format("\n{}\n", heading);
  for (const OptionText& option : options) {
    text += line_with_title(option_title(option), option.text, columns);
  }
  return text;
}

std::string paragraphs(std::string_view text, std::size_t columns) {
  std::string lines;
  while (!text.empty()) {
    const auto end = std::min(text.find("\n\n"), text.size());
    lines += "\n";
    for (const std::string& line : wrapped(text.substr(0, end), columns)) {
      lines += line + "\n";
    }
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return lines;
}

std::string examples_lines(std::string_view examples) {
  std::string lines = "\nExamples\n";
  while (!examples.empty()) {
    const auto end = std::min(examples.find('\n'), examples.size());
    lines += fmt::format("  {}\n", examples.substr(0, end));
    examples.remove_prefix(std::min(end + 1, examples.size()));
  }
  return lines;
}

// Below the root a command shows its options, too: there is no room for a heading each.
std::string title_of(const CommandText& command) {
  std::string title = command.name;
  if (!command.group.empty()) {
    return title;
  }
  for (const OptionText& option : command.options) {
    title += " [" + option_title(option) + "]";
  }
  for (const OptionText& argument : command.arguments) {
    title += " " + option_title(argument);
  }
  return title;
}

std::string command_lines(const CommandText& command, std::size_t columns) {
  Texts groups;
  for (const CommandText& below : command.commands) {
    if (std::find(groups.begin(), groups.end(), below.group) == groups.end()) {
      groups.push_back(below.group);
    }
  }
  std::string text;
  for (const std::string& group : groups) {
    text += fmt::format("\n{}\n", group.empty() ? "Commands" : group);
    for (const CommandText& below : command.commands) {
      text += below.group == group ? line_with_title(title_of(below), below.summary, columns) : "";
    }
  }
  return text;
}

std::string exit_lines(std::size_t columns) {
  std::string text = "\nExit codes\n";
  for (const ExitMeaning& exit : exit_meanings()) {
    text += line_with_title(std::to_string(exit.code), exit.meaning, columns);
  }
  return text;
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  Texts lines(1);
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    const std::size_t needed = columns_of(lines.back()) + columns_of(word) + 1;
    if (!lines.back().empty() && needed > columns) {
      lines.emplace_back();
    }
    lines.back() += (lines.back().empty() ? "" : " ") + std::string(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return lines;
}

const CommandText* find_command(const CommandText& root, std::span<const std::string> words) {
  if (words.empty()) {
    return &root;
  }
  for (const CommandText& command : root.commands) {
    if (command.name == words.front()) {
      return find_command(command, words.subspan(1));
    }
  }
  return nullptr;
}

std::string option_title(const OptionText& option) {
  std::string title;
  for (const std::string& name : option.names) {
    title += (title.empty() ? "" : ", ") + name;
  }
  if (option.names.empty()) {
    return option.value + (option.repeated ? "…" : "");
  }
  return option.value.empty() ? title : title + " " + option.value;
}

std::string usage_line(const CommandText& command, std::string_view path) {
  std::string line = path.empty() ? "weir" : fmt::format("weir {}", path);
  line += command.options.empty() ? "" : " [OPTIONS]";
  for (const OptionText& argument : command.arguments) {
    const std::string title = option_title(argument);
    line += argument.required ? " " + title : " [" + title + "]";
  }
  return line + (path.empty() ? " COMMAND" : command.commands.empty() ? "" : " [COMMAND]");
}

std::string help_text(const CommandText& root, std::span<const std::string> words, int columns) {
  const auto width = static_cast<std::size_t>(std::clamp(columns, 60, 100));
  const CommandText* const command = find_command(root, words);
  CHECK(command != nullptr);
  const std::string path = fmt::format("{}", fmt::join(words, " "));
  std::string text = fmt::format("weir {}{}{}\n", path, path.empty() ? "" : ": ", command->summary);
  text += examples_lines(command->examples);
  text += fmt::format("\nUsage\n  {}\n", usage_line(*command, path));
  text += paragraphs(command->details, width);
  text += command_lines(*command, width);
  text += option_lines("Arguments", command->arguments, width);
  if (command != &root) {
    text += option_lines("Options", command->options, width);
  }
  text += option_lines("Options of every command", root.options, width);
  return command == &root ? text + exit_lines(width) : text;
}

}  // namespace weir
