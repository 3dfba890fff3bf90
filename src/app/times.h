// SPDX-License-Identifier: Apache-2.0
// Moments as people type them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace weir {

// "2026-05-04", "2026-05-04T03:00:00Z": of UTC; "24h", "7d": so long before now. Nothing: it is
// none of these, or there is no such day.
std::optional<Nanoseconds> moment_from_text(std::string_view text, Nanoseconds now);
inline constexpr std::string_view moment_words =
    "a day or second of UTC, such as 2026-05-04 or 2026-05-04T03:00:00Z, or an age, such as 24h or "
    "7d";

// Whether it was meant as one: it begins with a digit. (A database's URL begins with a letter.)
bool looks_like_moment(std::string_view text);

}  // namespace weir
