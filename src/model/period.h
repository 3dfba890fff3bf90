// SPDX-License-Identifier: Apache-2.0
// Periods of history: hours, days and months of UTC, as they stand in a calendar.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace weir {

// From fine to coarse. `file`: not merged, at the second at which the file was accepted.
enum class Period { file, hour, day, month };
std::string_view name(Period period);  // stable: stands in databases and in JSON
std::optional<Period> period_from_name(std::string_view name);

// Since 1970-01-01T00:00:00Z. History knows no finer time.
using Seconds = std::int64_t;
Seconds seconds_of(Nanoseconds wall);  // rounded down
// The first second that is not before it.
Seconds first_second_from(Nanoseconds wall);
Nanoseconds wall_of(Seconds at);  // what lies beyond 64 bits: the nearest that does not

// The first second of the period that holds this one; of `file`: itself.
Seconds period_start(Period period, Seconds at);

}  // namespace weir
