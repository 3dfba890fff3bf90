// SPDX-License-Identifier: Apache-2.0
// What the lines of a file mean. Stored, as text, in the plan of every file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

enum class KeyKind { integer, text };
enum class Separator { space, blank };  // blank: any run of spaces and tabs, also at either end
enum class Compression { none, gzip, zstd, bzip2, xz };
std::string_view name(Compression compression);  // "none", "gzip", …
std::optional<Compression> compression_from_name(std::string_view name);

struct FormatOptions {
  KeyKind key = KeyKind::integer;
  Separator separator = Separator::space;
  bool negative = false;                     // amounts may have a minus sign
  std::uint64_t record_bytes_max = 1 << 20;  // without its line end
  std::uint64_t inflated_bytes_max = 0;      // of a compressed file; 0: no limit
  bool operator==(const FormatOptions&) const = default;
};

// Counts the changes of what a line means; a plan of a newer parser is refused.
inline constexpr int parser_version = 1;

// "pairs/1 key=integer separator=space negative=no record_max=1048576": stable, stored in plans.
std::string to_text(const FormatOptions& options);
std::optional<FormatOptions> format_from_text(
    std::string_view text);  // nothing: cannot be honoured

}  // namespace weir
