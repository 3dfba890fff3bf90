// SPDX-License-Identifier: Apache-2.0
#include "store/identifier.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace weir {
namespace {

constexpr std::size_t bytes_max = 63;  // the shortest limit among the databases: PostgreSQL's

bool is_allowed(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
         (code >= '0' && code <= '9') || code == '_' || code == '-' || code == ' ' || code >= 0x80;
}

char lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

bool is_reserved(std::string_view name) {
  std::string lowered(name);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
  constexpr std::array<std::string_view, 3> starts = {"weir_", "sqlite_", "pg_"};
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return lowered.starts_with(start); });
}

}  // namespace

Result<void> check_identifier(std::string_view setting, std::string_view name) {
  const bool allowed = std::all_of(name.begin(), name.end(), is_allowed);
  if (name.empty() || name.size() > bytes_max || !allowed || !is_utf8(name)) {
    return Error{ErrorKind::invalid, std::string(setting) + " = '" + escaped(name, bytes_max) +
                                         "': a name is 1 to 63 bytes of letters, digits, spaces, "
                                         "_ and -"};
  }
  if (is_reserved(name)) {
    return Error{ErrorKind::invalid, std::string(setting) + " = '" + std::string(name) +
                                         "': names that start so are taken; choose another"};
  }
  return {};
}

std::string quoted(std::string_view identifier) {
  std::string text = "\"";
  for (const char byte : identifier) {
    text.append(byte == '"' ? 2 : 1, byte);
  }
  return text + '"';
}

}  // namespace weir
