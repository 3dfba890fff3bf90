// SPDX-License-Identifier: Apache-2.0
// Reads one JSON object with nothing deeper in it: requests and answers on a socket, a line each.
// Documents are written by app/json.h, and never read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace weir {

using FlatValue = std::variant<std::monostate, bool, std::int64_t, std::string>;  // nothing: null
using FlatJson = std::map<std::string, FlatValue, std::less<>>;

// `invalid`: no JSON object, not UTF-8, an object, a list or a fraction within it, or a number
// beyond 64 bits with sign. Of a name that stands twice the last value holds.
Result<FlatJson> flat_json(std::string_view line);

// Nothing: it is not there, or of another kind.
std::optional<std::string> text_in(const FlatJson& object, std::string_view name);
std::optional<std::int64_t> whole_in(const FlatJson& object, std::string_view name);
bool truth_in(const FlatJson& object, std::string_view name);

}  // namespace weir
