// SPDX-License-Identifier: Apache-2.0
#include "app/totals_text.h"

#include <array>
#include <charconv>

#include "base/check.h"
#include "base/int128.h"
#include "base/text.h"

namespace weir {
namespace {

// Formats one line behind `at`, which has room for two numbers of 64 bits and their ends.
char* append_number(char* at, char* end, auto number) {
  const auto [next, failure] = std::to_chars(at, end, number);
  CHECK(failure == std::errc());
  return next;
}

void write_total(Output& output, const SumEntry& entry, std::string_view shown_key) {
  std::array<char, 48> line = {};
  char* const end = line.data() + line.size();
  char* at = line.data();
  if (entry.text.empty()) {
    at = append_number(at, end, entry.id);
  } else {
    output.write(shown_key);
  }
  *at++ = ' ';
  if (!fits_int64(entry.sum)) {
    output.write({line.data(), at});
    return output.line(to_text(entry.sum));
  }
  at = append_number(at, end, static_cast<std::int64_t>(entry.sum));
  *at++ = '\n';
  output.write({line.data(), at});
}

}  // namespace

void write_totals(Output& output, std::span<const SumEntry> entries) {
  for (const SumEntry& entry : entries) {
    if (!entry.text.empty() && output.terminal()) {
      write_total(output, entry, escaped(entry.text));
    } else {
      write_total(output, entry, entry.text);
    }
  }
}

}  // namespace weir
