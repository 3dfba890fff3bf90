// SPDX-License-Identifier: Apache-2.0
// Each script does the same three things: find which command the words before the cursor lead to,
// complete the value of an option that wants one, else offer what the command takes.
#include "app/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "app/settings.h"
#include "base/check.h"

namespace weir {
namespace {

using Texts = std::vector<std::string>;

// A command with the path of its words: "/quarantine/retry"; "" is weir itself.
struct Placed {
  std::string path;
  const CommandText* command = nullptr;  // borrowed from the tree
};

std::vector<Placed> placed_all(const CommandText& command, const std::string& path) {
  std::vector<Placed> placed = {{path, &command}};
  for (const CommandText& below : command.commands) {
    const auto deeper = placed_all(below, path + "/" + below.name);
    placed.insert(placed.end(), deeper.begin(), deeper.end());
  }
  return placed;
}

bool wants_path(const OptionText& option) {
  return option.value == "FILE" || option.value == "PATH" || option.value == "DIR";
}

Texts setting_keys() {
  Texts keys;
  for (const Setting& setting : all_settings()) {
    keys.push_back(std::string(setting.key) + "=");
  }
  return keys;
}

enum class Values { path, keys, words, anything };

// The values that an option takes, by the option's name; options of one name are alike everywhere.
struct ValuesOf {
  Values kind = Values::anything;
  Texts words = {};
};

std::map<std::string, ValuesOf> values_by_option(const std::vector<Placed>& placed) {
  std::map<std::string, ValuesOf> values;
  for (const Placed& at : placed) {
    for (const OptionText& option : at.command->options) {
      ValuesOf of;
      of.kind = wants_path(option)            ? Values::path
                : option.value == "KEY=VALUE" ? Values::keys
                : option.choices.empty()      ? Values::anything
                                              : Values::words;
      of.words = of.kind == Values::keys ? setting_keys() : option.choices;
      for (const std::string& name : option.value.empty() ? Texts() : option.names) {
        values[name] = of;
      }
    }
  }
  return values;
}

// "--jobs" of "-j, --jobs, --concurrency".
std::string long_name(const OptionText& option) {
  const auto found = std::find_if(option.names.begin(), option.names.end(),
                                  [](const std::string& name) { return name.starts_with("--"); });
  return found == option.names.end() ? option.names.front() : *found;
}

// What may stand at a place, each with a word of explanation.
using Offers = std::vector<std::pair<std::string, std::string>>;

Offers offers_at(const Placed& at, const CommandText& root) {
  Offers offers;
  for (const CommandText& below : at.command->commands) {
    offers.emplace_back(below.name, below.summary);
  }
  for (const OptionText& argument : at.command->arguments) {
    for (const std::string& choice : argument.choices) {
      offers.emplace_back(choice, argument.text);
    }
  }
  Texts seen;
  for (const auto* options : {&at.command->options, &root.options}) {
    for (const OptionText& option : *options) {
      const std::string name = long_name(option);
      if (std::find(seen.begin(), seen.end(), name) == seen.end()) {
        offers.emplace_back(seen.emplace_back(name), option.text);
      }
    }
  }
  return offers;
}

bool takes_paths(const CommandText& command) {
  return std::any_of(command.arguments.begin(), command.arguments.end(), wants_path);
}

// 'it'\''s': one word for a shell.
std::string quoted(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return word + "'";
}

std::string first_words(const Offers& offers) {
  std::string words;
  for (const auto& [word, text] : offers) {
    words += (words.empty() ? "" : " ") + word;
  }
  return words;
}

std::string path_patterns(const std::vector<Placed>& placed, std::string_view between) {
  Texts paths;
  for (const Placed& at : placed) {
    if (!at.path.empty()) {
      paths.push_back(at.path);
    }
  }
  return fmt::format("{}", fmt::join(paths, between));
}

std::string bash_values(const std::vector<Placed>& placed) {
  std::string text;
  for (const auto& [name, values] : values_by_option(placed)) {
    const std::string reply =
        values.kind == Values::path ? "COMPREPLY=($(compgen -f -- \"$word\")); "
        : values.words.empty()
            ? ""
            : fmt::format("COMPREPLY=($(compgen -W {} -- \"$word\")); ",
                          quoted(fmt::format("{}", fmt::join(values.words, " "))));
    const char* const no_space = values.kind == Values::keys ? "compopt -o nospace; " : "";
    text += fmt::format("    {}) {}{}return ;;\n", name, reply, no_space);
  }
  return text;
}

std::string bash_script(const CommandText& root, const std::vector<Placed>& placed) {
  std::string text = fmt::format(
      R"(# bash completion for weir; made by `weir completion bash`
_weir() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  local place= i offers= paths=
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$place/${{COMP_WORDS[i]}}" in
      {}) place="$place/${{COMP_WORDS[i]}}" ;;
    esac
  done
  COMPREPLY=()
  case "$before" in
{}  esac
  case "$place" in
)",
      path_patterns(placed, "|"), bash_values(placed));
  for (const Placed& at : placed) {
    text +=
        fmt::format("    '{}') offers={}{} ;;\n", at.path, quoted(first_words(offers_at(at, root))),
                    takes_paths(*at.command) ? "; paths=yes" : "");
  }
  return text + R"(  esac
  COMPREPLY=($(compgen -W "$offers" -- "$word"))
  if [[ $paths && $word != -* ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$word"))
  fi
}
complete -F _weir weir
)";
}

std::string zsh_described(const Offers& offers) {
  std::string words;
  for (const auto& [word, text] : offers) {
    words += words.empty() ? "" : " ";
    std::string described = word;
    described += ':';
    described += text;
    words += quoted(described);
  }
  return words;
}

std::string zsh_values(const std::vector<Placed>& placed) {
  std::string text;
  for (const auto& [name, values] : values_by_option(placed)) {
    const std::string add =
        values.kind == Values::path ? "_files; "
        : values.words.empty()
            ? ""
            : fmt::format("compadd {}-- {}; ", values.kind == Values::keys ? "-S '' " : "",
                          fmt::join(values.words, " "));
    text += fmt::format("    {}) {}return ;;\n", name, add);
  }
  return text;
}

std::string zsh_script(const CommandText& root, const std::vector<Placed>& placed) {
  std::string text = fmt::format(
      R"(#compdef weir
# zsh completion for weir; made by `weir completion zsh`
_weir() {{
  local place= word
  local -a offers
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    case "$place/$word" in
      {}) place="$place/$word" ;;
    esac
  done
  case "${{words[CURRENT-1]}}" in
{}  esac
  case "$place" in
)",
      path_patterns(placed, "|"), zsh_values(placed));
  for (const Placed& at : placed) {
    text += fmt::format("    '{}') offers=({}){} ;;\n", at.path, zsh_described(offers_at(at, root)),
                        takes_paths(*at.command) ? "; _files" : "");
  }
  return text + "  esac\n  _describe weir offers\n}\n_weir \"$@\"\n";
}

std::string fish_option(const OptionText& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (wants_path(option)) {
    text += " -rF";
  } else if (!option.value.empty()) {
    const Texts words = option.value == "KEY=VALUE" ? setting_keys() : option.choices;
    text += " -xa " + quoted(fmt::format("{}", fmt::join(words, " ")));
  }
  return text + " -d " + quoted(option.text);
}

std::string fish_place(const Placed& at) {
  const std::string start = fmt::format("complete -c weir -n '__weir_at \"{}\"'", at.path);
  std::string text;
  for (const CommandText& below : at.command->commands) {
    text += fmt::format("{} -a {} -d {}\n", start, below.name, quoted(below.summary));
  }
  for (const OptionText& argument : at.command->arguments) {
    text += argument.choices.empty()
                ? ""
                : fmt::format("{} -a '{}'\n", start, fmt::join(argument.choices, " "));
  }
  for (const OptionText& option : at.command->options) {
    text += at.path.empty() ? "" : start + fish_option(option) + "\n";
  }
  return takes_paths(*at.command) ? text + start + " -F\n" : text;
}

std::string fish_script(const CommandText& root, const std::vector<Placed>& placed) {
  std::string text = fmt::format(R"(# fish completion for weir; made by `weir completion fish`
function __weir_at
  set -l place ''
  for word in (commandline -opc)[2..]
    switch "$place/$word"
      case {}
        set place "$place/$word"
    end
  end
  test "$place" = "$argv[1]"
end
complete -c weir -f
)",
                                 path_patterns(placed, " "));
  for (const OptionText& option : root.options) {
    text += "complete -c weir" + fish_option(option) + "\n";
  }
  for (const Placed& at : placed) {
    text += fish_place(at);
  }
  return text;
}

}  // namespace

std::string completion_script(const CommandText& root, std::string_view shell) {
  const std::vector<Placed> placed = placed_all(root, "");
  if (shell == "bash") {
    return bash_script(root, placed);
  }
  CHECK(shell == "zsh" || shell == "fish");
  return shell == "zsh" ? zsh_script(root, placed) : fish_script(root, placed);
}

}  // namespace weir
