// SPDX-License-Identifier: Apache-2.0
// How a running watch is doing, asked and told over its socket:
//
//   {"ask": "status"}  ──►  {"scans": 12, "scan_interval_ms": 15000, …}
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/system.h"
#include "flow/watch.h"

namespace weir {

bool asks_for_status(std::string_view line);
std::string status_line(const WatchStatus& status);  // JSON, flat

// The answer, as it is; nothing: no watch listens at the socket, or it does not answer within
// seconds.
std::optional<std::string> ask_status(System& system, const std::string& socket);
// For people: "12 scans, the last one saw 3 files in 0.01 s; the next within 15 s; …".
std::string status_sentence(const std::string& line);

}  // namespace weir
