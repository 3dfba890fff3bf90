// SPDX-License-Identifier: Apache-2.0
// weir(1) in roff, with the man macros.
#include <fmt/format.h>

#include <algorithm>

#include "app/command_texts.h"
#include "app/exit_code.h"
#include "app/help.h"
#include "app/pages.h"
#include "app/settings.h"
#include "app/version.h"

namespace weir {
namespace {

// A line of text: backslashes and hyphens keep their meaning, a leading point is no macro.
std::string roff(std::string_view text) {
  std::string escaped_text;
  for (const char c : text) {
    if (c == '\\') {
      escaped_text += "\\e";
    } else if (c == '-') {
      escaped_text += "\\-";
    } else {
      escaped_text += c;
    }
  }
  const bool is_macro = escaped_text.starts_with('.') || escaped_text.starts_with('\'');
  return is_macro ? "\\&" + escaped_text : escaped_text;
}

std::string roff_paragraphs(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto end = std::min(text.find("\n\n"), text.size());
    lines += fmt::format(".PP\n{}\n", roff(text.substr(0, end)));
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return lines;
}

std::string roff_examples(std::string_view examples) {
  std::string lines = ".PP\n.RS\n.nf\n";
  while (!examples.empty()) {
    const auto end = std::min(examples.find('\n'), examples.size());
    lines += roff(examples.substr(0, end)) + "\n";
    examples.remove_prefix(std::min(end + 1, examples.size()));
  }
  return lines + ".fi\n.RE\n";
}

std::string roff_tagged(std::string_view tag, std::string_view text) {
  return fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(tag), roff(text));
}

std::string roff_options(const std::vector<OptionText>& options) {
  std::string text;
  for (const OptionText& option : options) {
    text += roff_tagged(option_title(option), option.text);
  }
  return text;
}

std::string roff_command(const CommandText& command, const std::string& prefix) {
  const std::string path = prefix + command.name;
  std::string text =
      fmt::format(".SS {}\n{}\n", roff(usage_line(command, path)), roff(command.summary));
  text += roff_paragraphs(command.details);
  text += roff_options(command.arguments) + roff_options(command.options);
  text += roff_examples(command.examples);
  for (const CommandText& below : command.commands) {
    text += roff_command(below, path + " ");
  }
  return text;
}

std::string roff_settings() {
  std::string text;
  for (const Setting& setting : all_settings()) {
    text += roff_tagged(fmt::format("{} = {}", setting.key, default_value(setting)),
                        fmt::format("{}. {}.", setting.help, allowed_values(setting)));
  }
  return text;
}

}  // namespace

std::string man_page(const CommandText& root) {
  std::string text = fmt::format(".TH WEIR 1 \"\" \"weir {}\" \"User Commands\"\n", version());
  text += fmt::format(".SH NAME\nweir \\- {}\n", roff(root.summary));
  text += ".SH SYNOPSIS\n\\fBweir\\fR [OPTIONS] COMMAND\n";
  text += ".SH DESCRIPTION\n" + roff_paragraphs(root.details);
  text += ".SH EXAMPLES\n" + roff_examples(root.examples);
  text += ".SH COMMANDS\n";
  for (const CommandText& command : root.commands) {
    text += roff_command(command, "");
  }
  text += ".SH OPTIONS OF EVERY COMMAND\n" + roff_options(root.options);
  text +=
      ".SH FLOW FILE\nThe keys with their defaults. A flag beats the environment "
      "(WEIR__FOLD__MEMORY=1GiB), which beats the flow file.\n";
  text += roff_settings() + ".SH EXIT STATUS\n";
  for (const ExitMeaning& exit : exit_meanings()) {
    text += roff_tagged(std::to_string(exit.code), exit.meaning);
  }
  text += ".SH ENVIRONMENT\n";
  for (const EnvironmentWords& variable : environment_words()) {
    text += roff_tagged(variable.name, variable.meaning);
  }
  return text;
}

}  // namespace weir
