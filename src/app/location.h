// SPDX-License-Identifier: Apache-2.0
// Where sources and stores are, as people write it: URLs and plain paths.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

// "usage/", "/var/spool/usage", "file:///var/spool/my%20usage": the path. `invalid`: a place that
// this version cannot read from; the message says what it can.
Result<std::string> path_of_source(std::string_view url);

enum class StoreKind { sqlite, postgres, mariadb };

struct StoreLocation {
  StoreKind kind = StoreKind::sqlite;
  std::string path;  // of SQLite: "sqlite:usage.db", "sqlite:/var/lib/usage.db", with // or without
};
// `invalid`: no store of this version, or a URL that holds a password.
Result<StoreLocation> location_of_store(std::string_view url);

// The same location, its path below the folder where it was relative.
std::string source_below(std::string_view folder, std::string_view url);
std::string store_below(std::string_view folder, std::string_view url);

}  // namespace weir
