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

// What a fold writes beside the store while it runs, and what a killed one left.
constexpr std::string_view spill_folder_beginning = "weir-spill-";

bool is_temporary(std::string_view name) {
  return name.starts_with('.') || has_one_of(name, temporary_endings);
}

}  // namespace

std::string_view reason_to_pass_over_folder(std::string_view name) {
  if (name.starts_with(spill_folder_beginning)) {
    return "spill folder";
  }
  return is_temporary(name) ? "temporary name" : "";
}

std::string_view reason_to_pass_over_file(std::string_view name, const std::string& match) {
  if (is_temporary(name)) {
    return "temporary name";
  }
  if (has_one_of(name, database_endings)) {
    return "database";
  }
  // Bytes, as long as nobody sets a locale; and weir does not.
  const bool matches = ::fnmatch(match.c_str(), std::string(name).c_str(), 0) == 0;
  return matches ? "" : "name does not match";
}

}  // namespace weir
