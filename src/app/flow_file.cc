// SPDX-License-Identifier: Apache-2.0
// The only place that knows toml++; compiled in from its header, since the packaged library was
// built with another limit of depth.
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 64
#include "app/flow_file.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace weir {
namespace {

static_assert(flow_file_depth_max == TOML_MAX_NESTED_VALUES);

bool is_section(const std::string& key) {
  const auto settings = all_settings();
  return std::any_of(settings.begin(), settings.end(), [&key](const Setting& setting) {
    return setting.key.starts_with(key) && setting.key.substr(key.size()).starts_with('.');
  });
}

std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    return text->get();
  }
  if (const auto* whole = node.as_integer()) {
    return std::to_string(whole->get());
  }
  if (const auto* fraction = node.as_floating_point()) {
    return fmt::format("{}", fraction->get());
  }
  if (const auto* truth = node.as_boolean()) {
    return truth->get() ? "true" : "false";
  }
  return "";
}

Written written_as(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return Written::text;
    case toml::node_type::integer:
      return Written::whole;
    case toml::node_type::floating_point:
      return Written::fraction;
    case toml::node_type::boolean:
      return Written::truth;
    default:
      return Written::other;
  }
}

GivenValue list_value(const toml::array& list) {
  GivenValue value{.written = Written::texts};
  for (const toml::node& element : list) {
    value.written = element.is_string() ? value.written : Written::other;
    value.texts.push_back(text_of(element));
  }
  return value;
}

GivenValue value_of(const toml::node& node) {
  if (const auto* list = node.as_array()) {
    return list_value(*list);
  }
  return {.written = written_as(node), .texts = {text_of(node)}};
}

class Collector {
 public:
  void collect(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      const toml::table* const inner = node.as_table();
      if (inner != nullptr && is_section(key)) {
        collect(*inner, key + ".");
        continue;
      }
      const toml::source_position place = name.source().begin;
      entries_.push_back({key, value_of(node), place.line, place.column});
    }
  }

  std::vector<FlowEntry> in_order() && {
    std::sort(entries_.begin(), entries_.end(), [](const FlowEntry& a, const FlowEntry& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return std::move(entries_);
  }

 private:
  std::vector<FlowEntry> entries_;
};

}  // namespace

Result<std::vector<FlowEntry>> parse_flow_file(std::string_view text, const std::string& name) {
  try {
    const toml::table table = toml::parse(text);
    Collector collector;
    collector.collect(table, "");
    return std::move(collector).in_order();
  } catch (const toml::parse_error& error) {
    const toml::source_position place = error.source().begin;
    return Error{ErrorKind::invalid, fmt::format("{}:{}:{}: {}", escaped(name), place.line,
                                                 place.column, escaped(error.description()))};
  }
}

}  // namespace weir
