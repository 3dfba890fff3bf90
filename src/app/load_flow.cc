// SPDX-License-Identifier: Apache-2.0
#include "app/load_flow.h"

#include <fmt/format.h>

#include <cctype>

#include "app/flow_file.h"
#include "app/location.h"
#include "app/settings.h"
#include "app/suggest.h"
#include "app/version.h"
#include "base/cpu.h"
#include "base/text.h"
#include "io/path.h"

namespace weir {
namespace {

constexpr std::string_view variable_prefix = "WEIR__";
constexpr std::string_view vectors_variable = "WEIR_VECTORS";

// Where a value was given, and how the place is called in a complaint.
struct Given {
  std::string where;
  GivenValue value;
  bool typed = false;
};

std::vector<std::string> all_keys() {
  std::vector<std::string> keys;
  for (const Setting& setting : all_settings()) {
    keys.emplace_back(setting.key);
  }
  return keys;
}

// "fold.memory" for WEIR__FOLD__MEMORY.
std::string key_of_variable(std::string_view name) {
  std::string key;
  for (std::size_t i = variable_prefix.size(); i < name.size(); ++i) {
    const bool point = name.substr(i, 2) == "__";
    key += point ? '.' : static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    i += point ? 1 : 0;
  }
  return key;
}

enum class Spelling { key, variable };

std::string unknown_key(std::string_view key, Spelling spelling) {
  const std::string_view purpose = purpose_of_later_key(key);
  if (!purpose.empty()) {
    return fmt::format("not known to weir {}: {} comes in a later version; take it out", version(),
                       purpose);
  }
  const std::string near = nearest(key, all_keys());
  if (near.empty()) {
    return "not known; `weir check` lists every key";
  }
  return fmt::format("not known: did you mean {}?",
                     spelling == Spelling::key ? near : environment_name(near));
}

class Loader {
 public:
  Loader(System& system, const FlowFlags& flags) : system_(system), flags_(flags) {}

  Result<LoadedFlow> load() {
    if (!flags_.file.empty()) {
      TRY(take_file());
    }
    take_environment();
    take_vectors();
    for (const std::string& assignment : flags_.set) {
      take_assignment(assignment);
    }
    for (const FlowFlags::Named& named : flags_.named) {
      take(named.key, {.where = named.flag, .value = {.texts = {named.value}}, .typed = true});
    }
    take_paths();
    if (!loaded_.origins.contains("name")) {  // so that runs with and without a flow file agree
      loaded_.settings.name = loaded_.settings.store.table;
    }
    return std::move(loaded_);
  }

 private:
  Result<std::string> read_file() {
    FileSystem& files = system_.machine.files;
    TRY_ASSIGN(const std::string path, files.canonical(flags_.file));  // it may be a link
    TRY_ASSIGN(const auto file,
               files.open(std::string(parent_of(path)), std::string(last_name(path))));
    std::string text(flow_file_bytes_max + 1, '\0');
    TRY_ASSIGN(const std::size_t bytes, file->read_at(0, text));
    if (bytes > flow_file_bytes_max) {
      return Error{ErrorKind::invalid,
                   fmt::format("{} is larger than {}: that is no flow file", escaped(flags_.file),
                               bytes_text(flow_file_bytes_max))};
    }
    text.resize(bytes);
    return text;
  }

  Result<void> take_file() {
    TRY_ASSIGN(const std::string text, read_file());
    TRY_ASSIGN(const auto entries, parse_flow_file(text, flags_.file));
    for (const FlowEntry& entry : entries) {
      GivenValue value = entry.value;
      value.folder = std::string(parent_of(flags_.file));
      take(entry.key,
           {.where = fmt::format("{}:{}:{}", escaped(flags_.file), entry.line, entry.column),
            .value = std::move(value)});
    }
    return {};
  }

  void take_environment() {
    const auto& variables = system_.environment;
    for (auto at = variables.lower_bound(std::string(variable_prefix));
         at != variables.end() && at->first.starts_with(variable_prefix); ++at) {
      take_variable(at->first, at->second);
    }
  }

  // No setting of a flow: a way to try the code that other machines run.
  void take_vectors() {
    const auto found = system_.environment.find(std::string(vectors_variable));
    if (found == system_.environment.end() || found->second.empty()) {
      return;
    }
    const auto wanted = vectors_named(found->second);
    const Vectors widest = vectors_of_machine();
    const std::string where(vectors_variable);
    if (!wanted) {
      complain(
          where,
          fmt::format("{} is not known: portable, avx2 or avx512", escaped(found->second, 100)),
          true);
    } else if (*wanted > widest) {
      complain(where,
               fmt::format("this machine does not run {}: {} at most", to_text(*wanted),
                           to_text(widest)),
               true);
    } else {
      loaded_.settings.vectors = *wanted;
    }
  }

  void take_variable(const std::string& name, const std::string& value) {
    for (const Setting& setting : all_settings()) {
      if (environment_name(setting.key) == name) {
        return take(std::string(setting.key), {.where = name, .value = {.texts = {value}}});
      }
    }
    complain(escaped(name), unknown_key(key_of_variable(name), Spelling::variable), false);
  }

  void take_assignment(const std::string& assignment) {
    const auto equals = assignment.find('=');
    const std::string key = assignment.substr(0, equals);
    if (equals == std::string::npos) {  // not repeated here: it may be a secret that slipped
      return complain("--set", "write KEY=VALUE, such as --set fold.memory=1GiB", true);
    }
    take(key,
         {.where = "--set", .value = {.texts = {assignment.substr(equals + 1)}}, .typed = true});
  }

  void take_paths() {
    if (flags_.paths.empty()) {
      return;
    }
    loaded_.settings.source.paths.clear();
    loaded_.origins["source.url"] = "the command line";
    for (const std::string& text : flags_.paths) {
      auto path = path_of_source(text);
      if (path) {
        loaded_.settings.source.paths.push_back(*std::move(path));
      } else {
        complain("the command line", path.error().message, true);
      }
    }
  }

  void take(const std::string& key, const Given& given) {
    const Setting* const setting = find_setting(key);
    const std::string wrong = setting == nullptr ? unknown_key(key, Spelling::key)
                                                 : assign(*setting, loaded_.settings, given.value);
    if (wrong.empty()) {
      loaded_.origins[key] = given.where;
    } else {
      complain(given.where, fmt::format("{}: {}", escaped(key, 100), wrong), given.typed);
    }
  }

  void complain(std::string where, std::string text, bool typed) {
    loaded_.complaints.push_back({std::move(where), std::move(text), typed});
  }

  System& system_;
  const FlowFlags& flags_;
  LoadedFlow loaded_;
};

}  // namespace

Result<LoadedFlow> load_flow(System& system, const FlowFlags& flags) {
  return Loader(system, flags).load();
}

}  // namespace weir
