// SPDX-License-Identifier: Apache-2.0
// docs/commands.md and docs/flow-file.md.
#include <fmt/format.h>

#include <algorithm>

#include "app/command_texts.h"
#include "app/exit_code.h"
#include "app/help.h"
#include "app/pages.h"
#include "app/settings.h"
#include "base/text.h"
#include "model/limits.h"

namespace weir {
namespace {

// Within a cell of a table a bar would end it.
std::string cell(std::string_view text) {
  std::string escaped_text;
  for (const char c : text) {
    escaped_text += c == '|' ? std::string("\\|") : std::string(1, c);
  }
  return escaped_text;
}

std::string option_table(const std::vector<OptionText>& options) {
  std::string text = options.empty() ? "" : "\n| | |\n|---|---|\n";
  for (const OptionText& option : options) {
    text += fmt::format("| `{}` | {} |\n", cell(option_title(option)), cell(option.text));
  }
  return text;
}

std::string command_section(const CommandText& command, const std::string& prefix) {
  const std::string path = prefix + command.name;
  std::string text = fmt::format("\n{} weir {}\n\n", prefix.empty() ? "##" : "###", path);
  text += fmt::format("`{}`: {}.\n\n", usage_line(command, path), command.summary);
  text += fmt::format("```sh\n{}\n```\n", command.examples);
  text += command.details.empty() ? "" : "\n" + command.details + "\n";
  std::vector<OptionText> all = command.arguments;
  all.insert(all.end(), command.options.begin(), command.options.end());
  text += option_table(all);
  for (const CommandText& below : command.commands) {
    text += command_section(below, path + " ");
  }
  return text;
}

std::string setting_row(const Setting& setting, std::string_view name) {
  return fmt::format("| `{}` | `{}` | {} | {} |\n", name, default_value(setting),
                     cell(setting.help), cell(allowed_values(setting)));
}

std::string setting_tables() {
  std::string text;
  std::string section = "?";
  for (const Setting& setting : all_settings()) {
    const auto point = setting.key.find('.');
    const std::string here(setting.key.substr(0, point == std::string_view::npos ? 0 : point));
    if (here != section) {
      section = here;
      text += fmt::format("\n## {}\n\n| key | default | what | allowed |\n|---|---|---|---|\n",
                          here.empty() ? "At the top" : "[" + here + "]");
    }
    text += setting_row(setting, setting.key.substr(here.empty() ? 0 : point + 1));
  }
  return text;
}

constexpr std::string_view flow_file_opening = R"(# The flow file

Made from the program by `weir man --flow-file`; change the table of settings there, not this page.

A flow file names a flow: where its files are, what their lines mean, where the totals go. It is
[TOML](https://toml.io), and every key may be left out:

```toml
name = "usage"

[source]
url = "/var/spool/usage"

[fold]
memory = "1GiB"

[store]
url = "sqlite:/var/lib/weir/usage.db"
```

```sh
weir check -c usage.toml                   # is it right? All errors of meaning at once
weir ingest -c usage.toml
```

Every key can be set in three more places. A flag beats the environment, which beats the flow file,
which beats the default:

```sh
WEIR__FOLD__MEMORY=2GiB weir ingest -c usage.toml
weir ingest -c usage.toml --set fold.memory=2GiB
weir ingest -c usage.toml --into sqlite:test.db     # a flag of its own for store.url
```

Relative paths in a flow file start from its folder; those of flags and environment from the working
folder. Sizes are written as `"64MiB"` or `"1GB"` (10^9), times as `"250ms"`, `"5s"`, `"1h"`. Keys
that this version does not know are refused, never ignored. Secrets do not belong into a flow file:
a URL with a password is refused.
)";

}  // namespace

std::string commands_page(const CommandText& root) {
  std::string text =
      "# The commands\n\nMade from the program by `weir man --commands`; change the texts there, "
      "not this page.\n\n";
  text += root.details + "\n\n" + fmt::format("```sh\n{}\n```\n", root.examples);
  for (const CommandText& command : root.commands) {
    text += command_section(command, "");
  }
  text += "\n## Options of every command\n" + option_table(root.options);
  text += "\n## Exit codes\n\n| code | meaning |\n|---|---|\n";
  for (const ExitMeaning& exit : exit_meanings()) {
    text += fmt::format("| {} | {} |\n", static_cast<int>(exit.code), exit.meaning);
  }
  text += "\n## Environment\n\n| variable | meaning |\n|---|---|\n";
  for (const EnvironmentWords& variable : environment_words()) {
    text += fmt::format("| `{}` | {} |\n", variable.name, variable.meaning);
  }
  text +=
      "\n## JSON\n\n`--json` prints one document to standard output. Names stay as they are; "
      "new ones may be added. Consumers are texts, so that no reader rounds them. Amounts and "
      "counts are whole numbers where they fit 64 bits with sign, else texts of their digits; "
      "always exact. Paths are texts; bytes that are not UTF-8 are shown as `\\xHH`. Times are "
      "UTC, `2026-05-04T03:02:01Z`.\n";
  return text;
}

std::string flow_file_page() {
  std::string text = std::string(flow_file_opening) + setting_tables();
  text += "\n## Fixed limits\n\n| limit | value | what |\n|---|---|---|\n";
  for (const FixedLimit& limit : fixed_limits()) {
    text += fmt::format("| {} | {} | {} |\n", limit.name, limit.value, limit.meaning);
  }
  return text;
}

std::vector<FixedLimit> fixed_limits() {
  return {
      {"text key", bytes_setting(limits::text_key_bytes), "a longer consumer is a reject"},
      {"text of a reject", bytes_setting(limits::reject_text_bytes),
       "kept and shown of a bad line"},
      {"first look", bytes_setting(limits::sniff_bytes),
       "read of a file to see whether it looks wrong"},
      {"files per acceptance", std::to_string(limits::accept_files_per_batch),
       "entered in the ledger in one transaction"},
      {"open files", std::to_string(limits::files_open_max), "at a time"},
  };
}

}  // namespace weir
