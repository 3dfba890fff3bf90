// SPDX-License-Identifier: Apache-2.0
// What PostgreSQL's error codes mean to a caller. Private to this folder.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

struct PostgresFailure {
  std::string_view sqlstate;  // five characters; empty: the connection itself failed
  std::string_view words;
  std::string_view detail;
};

// `place` is for people: see postgres_place.
Error postgres_error(const std::string& place, const PostgresFailure& failure);

// After these the connection is closed, and another one opened: the server is going down, is no
// primary any more, or is not there.
bool postgres_connection_is_lost(std::string_view sqlstate);

inline constexpr std::string_view sqlstate_out_of_range = "22003";

}  // namespace weir
