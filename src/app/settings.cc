// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>

#include "app/json.h"
#include "app/location.h"
#include "app/number_from.h"
#include "app/redact.h"
#include "base/check.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t identifier_bytes_max = 63;

std::string quoted(std::string_view given) {
  return fmt::format("\"{}\"", escaped(redacted(given), 100));
}

std::vector<std::string_view> words_of(std::string_view choices) {
  std::vector<std::string_view> words;
  while (!choices.empty()) {
    const auto bar = std::min(choices.find('|'), choices.size());
    words.push_back(choices.substr(0, bar));
    choices.remove_prefix(std::min(bar + 1, choices.size()));
  }
  return words;
}

bool is_identifier(std::string_view text) {
  const auto letter = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
  const auto inner = [&](unsigned char c) { return letter(c) || std::isdigit(c) != 0; };
  return !text.empty() && text.size() <= identifier_bytes_max &&
         letter(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), inner);
}

std::string expects(const Setting& setting, std::string_view given) {
  return fmt::format("{} is not right: write {}", quoted(given), allowed_values(setting));
}

std::string assign_text(const Setting& setting, std::string& field, std::string_view text) {
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos || text.size() < setting.least ||
      text.size() > setting.most) {
    return expects(setting, text);
  }
  field = text;
  return "";
}

std::string assign_identifier(const Setting& setting, std::string& field, std::string_view text) {
  if (!is_identifier(text)) {
    return expects(setting, text);
  }
  field = text;
  return "";
}

std::string assign_paths(std::vector<std::string>& field, const GivenValue& value) {
  std::vector<std::string> paths;
  for (const std::string& text : value.texts) {
    auto path = path_of_source(source_below(value.folder, text));
    if (!path) {
      return path.error().message;
    }
    paths.push_back(*std::move(path));
  }
  field = std::move(paths);
  return "";
}

std::string assign_store_url(std::string& field, const GivenValue& value) {
  const auto location = location_of_store(value.texts[0]);
  if (!location) {
    return location.error().message;
  }
  field = store_below(value.folder, value.texts[0]);
  return "";
}

std::optional<std::uint64_t> scalar_from(SettingType type, std::string_view text) {
  if (type == SettingType::bytes) {
    return bytes_from_text(text);
  }
  if (type == SettingType::duration) {
    const auto duration = duration_from_text(text);
    return duration ? std::optional(static_cast<std::uint64_t>(*duration)) : std::nullopt;
  }
  return number_from<std::uint64_t>(text);
}

std::string assign_scalar(const Setting& setting, const Field& field, std::string_view text) {
  const auto number = scalar_from(setting.type, text);
  if (!number) {
    return expects(setting, text);
  }
  if (*number < setting.least || *number > setting.most) {
    return fmt::format("{} is out of range: write {}", quoted(text), allowed_values(setting));
  }
  if (auto* const wide = std::get_if<std::uint64_t*>(&field)) {
    **wide = *number;
  } else if (auto* const time = std::get_if<Nanoseconds*>(&field)) {
    **time = static_cast<Nanoseconds>(*number);
  } else {
    *std::get<int*>(field) = static_cast<int>(*number);
  }
  return "";
}

std::string assign_ratio(const Setting& setting, double& field, std::string_view text) {
  const auto number = number_from<double>(text);
  if (!number || !(*number >= 0 && *number <= 1)) {  // also refuses what is no number (NaN)
    return expects(setting, text);
  }
  field = *number;
  return "";
}

std::string assign_yes_no(const Setting& setting, bool& field, std::string_view text) {
  if (text != "true" && text != "false") {
    return expects(setting, text);
  }
  field = text == "true";
  return "";
}

std::string assign_choice(const Setting& setting, FlowSettings& settings, std::string_view text) {
  const auto words = words_of(setting.choices);
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) {
    return expects(setting, text);
  }
  if (setting.type == SettingType::choice) {
    const auto index = static_cast<std::size_t>(found - words.begin());
    std::get<Choice>(setting.field(settings)).put(settings, index);
  }
  return "";
}

// Whether a flow file may write a value of this type so: 448 for "448" where a size is meant, but
// not "yes" for true.
bool may_be_written(SettingType type, Written written) {
  switch (written) {
    case Written::anyhow:
      return true;
    case Written::text:
      return type != SettingType::count && type != SettingType::ratio &&
             type != SettingType::yes_no;
    case Written::whole:
      return type == SettingType::count || type == SettingType::bytes || type == SettingType::ratio;
    case Written::fraction:
      return type == SettingType::ratio;
    case Written::truth:
      return type == SettingType::yes_no;
    case Written::texts:
      return type == SettingType::paths;
    case Written::other:
      return false;
  }
  CHECK(false);
}

std::string_view name_of(Written written) {
  switch (written) {
    case Written::text:
      return "a text in quotation marks";
    case Written::whole:
      return "a whole number";
    case Written::fraction:
      return "a number with a fraction";
    case Written::truth:
      return "true or false";
    case Written::texts:
      return "a list";
    case Written::anyhow:
    case Written::other:
      return "something else";
  }
  CHECK(false);
}

std::string quoted_toml(std::string_view text) {
  return json_text(text);
}

std::string shown_paths(const std::vector<std::string>& paths) {
  std::string list;
  for (const std::string& path : paths) {
    list += (list.empty() ? "" : ", ") + quoted_toml(redacted(path));
  }
  return paths.size() == 1 ? list : "[" + list + "]";
}

std::string shown_scalar(SettingType type, std::uint64_t number) {
  switch (type) {
    case SettingType::bytes:
      return quoted_toml(bytes_setting(number));
    case SettingType::duration:
      return quoted_toml(duration_setting(static_cast<Nanoseconds>(number)));
    default:
      return std::to_string(number);
  }
}

struct Shown {
  const Setting& setting;
  std::string operator()(std::monostate) const { return quoted_toml(setting.choices); }
  std::string operator()(const std::string* text) const { return quoted_toml(redacted(*text)); }
  std::string operator()(const std::vector<std::string>* paths) const {
    return shown_paths(*paths);
  }
  std::string operator()(const std::uint64_t* number) const {
    return shown_scalar(setting.type, *number);
  }
  std::string operator()(const Nanoseconds* time) const {
    return shown_scalar(setting.type, static_cast<std::uint64_t>(*time));
  }
  std::string operator()(const int* number) const { return std::to_string(*number); }
  std::string operator()(const double* number) const { return fmt::format("{}", *number); }
  std::string operator()(const bool* truth) const { return *truth ? "true" : "false"; }
  std::string operator()(const Choice& choice) const {
    return quoted_toml(words_of(setting.choices)[choice.index]);
  }
};

std::string range_text(const Setting& setting) {
  if (setting.type == SettingType::bytes) {
    return fmt::format("a size from {} to {}, such as \"64MiB\"", bytes_setting(setting.least),
                       bytes_setting(setting.most));
  }
  if (setting.type == SettingType::duration) {
    return fmt::format("a time from {} to {}, such as \"5s\"",
                       duration_setting(static_cast<Nanoseconds>(setting.least)),
                       duration_setting(static_cast<Nanoseconds>(setting.most)));
  }
  return fmt::format("a whole number from {} to {}", setting.least, setting.most);
}

std::string choices_text(std::string_view choices) {
  std::string text;
  const auto words = words_of(choices);
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
    text += fmt::format("\"{}\"", words[i]);
  }
  return words.size() == 1 ? text + " (this version knows no other)" : text;
}

}  // namespace

std::string environment_name(std::string_view key) {
  std::string name = "WEIR__";
  for (const char c : key) {
    name += c == '.' ? "__" : std::string(1, static_cast<char>(std::toupper(c)));
  }
  return name;
}

std::string assign(const Setting& setting, FlowSettings& settings, const GivenValue& value) {
  if (!may_be_written(setting.type, value.written) || value.texts.empty()) {
    return fmt::format("{} stands here: write {}", name_of(value.written), allowed_values(setting));
  }
  const std::string& text = value.texts[0];
  const auto text_field = [&]() -> std::string& {
    return *std::get<std::string*>(setting.field(settings));
  };
  switch (setting.type) {
    case SettingType::text:
      return assign_text(setting, text_field(), text);
    case SettingType::identifier:
      return assign_identifier(setting, text_field(), text);
    case SettingType::paths:
      return assign_paths(*std::get<std::vector<std::string>*>(setting.field(settings)), value);
    case SettingType::folder:
    case SettingType::socket:
      text_field() = source_below(value.folder, text);
      return "";
    case SettingType::store_url:
      return assign_store_url(text_field(), value);
    case SettingType::bytes:
    case SettingType::count:
    case SettingType::duration:
      return assign_scalar(setting, setting.field(settings), text);
    case SettingType::ratio:
      return assign_ratio(setting, *std::get<double*>(setting.field(settings)), text);
    case SettingType::yes_no:
      return assign_yes_no(setting, *std::get<bool*>(setting.field(settings)), text);
    case SettingType::choice:
    case SettingType::fixed:
      return assign_choice(setting, settings, text);
  }
  CHECK(false);
}

std::string shown_value(const Setting& setting, const FlowSettings& settings) {
  FlowSettings copy = settings;  // a field is handed out to be changed
  return std::visit(Shown{setting}, setting.field == nullptr ? Field() : setting.field(copy));
}

std::string default_value(const Setting& setting) {
  return shown_value(setting, {});
}

std::string allowed_values(const Setting& setting) {
  switch (setting.type) {
    case SettingType::text:
      return fmt::format("a text of {} to {} bytes", setting.least, setting.most);
    case SettingType::identifier:
      return "a name of letters, digits and _, at most 63, no digit first";
    case SettingType::paths:
      return "a path or file URL, or a list of them, such as \"/var/spool/usage\"";
    case SettingType::folder:
      return "the path of a folder";
    case SettingType::socket:
      return "the path of a socket, such as \"/run/weir/usage.sock\"";
    case SettingType::store_url:
      return "sqlite: and a path, such as \"sqlite:usage.db\", or postgresql://HOST/DATABASE";
    case SettingType::bytes:
    case SettingType::count:
    case SettingType::duration:
      return range_text(setting);
    case SettingType::ratio:
      return "a number from 0 to 1, such as 0.5";
    case SettingType::yes_no:
      return "true or false";
    case SettingType::choice:
    case SettingType::fixed:
      return choices_text(setting.choices);
  }
  CHECK(false);
}

}  // namespace weir
