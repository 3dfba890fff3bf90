// SPDX-License-Identifier: Apache-2.0
#include "source/name_rules.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>

namespace weir {
namespace {

constexpr std::array<std::string_view, 4> temporary_endings = {".tmp", ".part", ".filepart",
                                                               "_COPYING_"};
constexpr std::array<std::string_view, 5> database_endings = {".weir", ".db", ".db-wal", ".db-shm",
                                                              ".db-journal"};

template <class Endings>
bool has_one_of(std::string_view name, const Endings& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

std::string_view reason_to_pass_over_folder(std::string_view name) {
  return name.starts_with('.') || has_one_of(name, temporary_endings) ? "temporary name" : "";
}

std::string_view reason_to_pass_over_file(std::string_view name, const std::string& match) {
  if (const std::string_view reason = reason_to_pass_over_folder(name); !reason.empty()) {
    return reason;
  }
  if (has_one_of(name, database_endings)) {
    return "database";
  }
  // Bytes, as long as nobody sets a locale; and weir does not.
  const bool matches = ::fnmatch(match.c_str(), std::string(name).c_str(), 0) == 0;
  return matches ? "" : "name does not match";
}

}  // namespace weir
