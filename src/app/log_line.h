// SPDX-License-Identifier: Apache-2.0
// What happened, as one line of a log. docs/logs.md describes both forms.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "flow/report.h"

namespace weir {

// {"time":"2026-05-04T03:02:01.234Z","level":"warning","event":"file.set_aside","message":"…",
// "path":"…"}: no line end, no secret, nothing that steers a terminal.
std::string json_log_line(Nanoseconds wall, const Note& note);

// "warning: …": the same for people.
std::string text_log_line(const Note& note);

// "", "warning: " or "error: ".
std::string_view label_of(Severity severity);

// Without secrets, and without what a terminal could be led astray by, but with line ends.
std::string harmless(std::string_view text);

}  // namespace weir
