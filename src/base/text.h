// SPDX-License-Identifier: Apache-2.0
// Text for people: escaping of hostile bytes, sizes and durations with units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace weir {

// Printable UTF-8 stays (also é and 漢); control characters, bidirectional controls, backslashes,
// and bytes that are not UTF-8 become \n, \t, \\ or \xHH. Longer than bytes_max: cut at a character
// and ended with "…". Safe in a terminal and in a log line.
std::string escaped(std::string_view bytes, std::size_t bytes_max = 4096);

bool is_utf8(std::string_view bytes);

struct Character {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: no UTF-8 starts here
};
Character first_character(std::string_view bytes);  // of bytes that are not empty

// Whether a terminal or a reader could be led astray by it: controls, line and paragraph
// separators, bidirectional controls, and what shows as nothing at all.
bool is_deceptive(char32_t code);

// "64MiB", "448 MiB", "1GB" (10^9), "512KiB", "100": bytes. "10s", "250ms", "5m", "1h": time.
std::optional<std::uint64_t> bytes_from_text(std::string_view text);
std::optional<Nanoseconds> duration_from_text(std::string_view text);
std::string bytes_text(std::uint64_t bytes);         // "64.0 MiB"; exact settings: bytes_setting
std::string bytes_setting(std::uint64_t bytes);      // "64MiB", "100": what bytes_from_text reads
std::string duration_setting(Nanoseconds duration);  // "10s", "250ms"
std::string grouped(std::uint64_t number);           // "12 345 678"

}  // namespace weir
