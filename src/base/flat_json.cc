// SPDX-License-Identifier: Apache-2.0
// The only place that knows Boost.JSON; compiled in from its headers.
#include "base/flat_json.h"

#include <fmt/format.h>

#include <boost/json/src.hpp>

#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t depth_max = 1;  // the object itself

Error refused(std::string_view name, std::string_view why) {
  return {ErrorKind::invalid, fmt::format("\"{}\": {}", escaped(name, 100), why)};
}

Result<FlatValue> value_of(std::string_view name, const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return FlatValue();
    case boost::json::kind::bool_:
      return FlatValue(value.get_bool());
    case boost::json::kind::int64:
      return FlatValue(value.get_int64());
    case boost::json::kind::string:
      return FlatValue(std::string(value.get_string().data(), value.get_string().size()));
    default:
      return refused(name, "a text, a whole number, true, false or null may stand here");
  }
}

template <class Value>
const Value* find(const FlatJson& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : std::get_if<Value>(&found->second);
}

}  // namespace

Result<FlatJson> flat_json(std::string_view line) {
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::error_code failure;
  const boost::json::value parsed =
      boost::json::parse({line.data(), line.size()}, failure, {}, options);
  if (failure) {
    return Error{ErrorKind::invalid, "no JSON object of one level: " + failure.message()};
  }
  if (!parsed.is_object()) {
    return Error{ErrorKind::invalid, "no JSON object"};
  }
  FlatJson object;
  for (const auto& [key, value] : parsed.get_object()) {
    const std::string name(key.data(), key.size());
    TRY_ASSIGN(object[name], value_of(name, value));
  }
  return object;
}

std::optional<std::string> text_in(const FlatJson& object, std::string_view name) {
  const auto* const text = find<std::string>(object, name);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<std::int64_t> whole_in(const FlatJson& object, std::string_view name) {
  const auto* const whole = find<std::int64_t>(object, name);
  return whole == nullptr ? std::nullopt : std::optional(*whole);
}

bool truth_in(const FlatJson& object, std::string_view name) {
  const auto* const truth = find<bool>(object, name);
  return truth != nullptr && *truth;
}

}  // namespace weir
