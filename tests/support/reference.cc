// SPDX-License-Identifier: Apache-2.0
#include "support/reference.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace weir::testing {
namespace {

constexpr Int128 largest = INT64_MAX;

std::optional<Int128> number(std::string_view text) {
  Int128 value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = std::min(value * 10 + (c - '0'), largest + 1);
  }
  return text.empty() || value > largest ? std::nullopt : std::optional(value);
}

// The patterns of RFC 3629, section 4.
bool is_text(std::string_view bytes) {
  const auto in = [&](std::size_t i, int low, int high) {
    return i < bytes.size() && static_cast<unsigned char>(bytes[i]) >= low &&
           static_cast<unsigned char>(bytes[i]) <= high;
  };
  const auto tails = [&](std::size_t from, std::size_t to) {
    while (from < to && in(from, 0x80, 0xbf)) {
      ++from;
    }
    return from == to;
  };
  std::size_t i = 0;
  while (i < bytes.size()) {
    if (in(i, 0x01, 0x7f)) {
      i += 1;
    } else if (in(i, 0xc2, 0xdf) && tails(i + 1, i + 2)) {
      i += 2;
    } else if (((in(i, 0xe0, 0xe0) && in(i + 1, 0xa0, 0xbf)) || in(i, 0xe1, 0xec) ||
                (in(i, 0xed, 0xed) && in(i + 1, 0x80, 0x9f)) || in(i, 0xee, 0xef)) &&
               tails(i + 1, i + 3)) {
      i += 3;
    } else if (((in(i, 0xf0, 0xf0) && in(i + 1, 0x90, 0xbf)) || in(i, 0xf1, 0xf3) ||
                (in(i, 0xf4, 0xf4) && in(i + 1, 0x80, 0x8f))) &&
               tails(i + 1, i + 4)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

std::vector<std::string_view> fields_of(std::string_view line, Separator separator) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::string_view separators = separator == Separator::blank ? " \t" : " ";
    const std::size_t end = std::min(line.find_first_of(separators, begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  if (separator == Separator::blank) {
    std::erase(fields, std::string_view());
  }
  return fields;
}

ReferenceLine reference_line(std::string_view line, const FormatOptions& format) {
  if (line.size() > format.record_bytes_max) {
    return {LineKind::reject};
  }
  const auto fields = fields_of(line, format.separator);
  if (line.empty() || fields.empty()) {
    return {LineKind::blank};
  }
  if (fields.size() != 2) {
    return {LineKind::reject};
  }
  const bool minus = format.negative && fields[1].starts_with('-');
  const auto amount = number(fields[1].substr(minus ? 1 : 0));
  const auto id = number(fields[0]);
  const bool named = !fields[0].empty() && fields[0].size() <= 1024 && is_text(fields[0]);
  if (!amount || !(format.key == KeyKind::text ? named : id.has_value())) {
    return {LineKind::reject};
  }
  return {.kind = LineKind::good,
          .key = format.key == KeyKind::text ? std::string(fields[0]) : to_text(*id),
          .amount = minus ? -*amount : *amount};
}

}  // namespace

std::vector<ReferenceLine> reference_lines(std::string_view file, const FormatOptions& format) {
  std::vector<ReferenceLine> lines;
  for (std::size_t begin = 0; begin < file.size();) {
    const std::size_t newline = file.find('\n', begin);
    std::string_view line = file.substr(begin, newline - begin);
    if (newline != std::string_view::npos && line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (begin == 0 && line.starts_with("\xEF\xBB\xBF")) {
      line.remove_prefix(3);
    }
    lines.push_back(reference_line(line, format));
    lines.back().offset = begin;
    begin = newline == std::string_view::npos ? file.size() : newline + 1;
  }
  return lines;
}

ReferenceTotals reference_totals(std::string_view file, const FormatOptions& format) {
  ReferenceTotals totals;
  for (const ReferenceLine& line : reference_lines(file, format)) {
    if (line.kind == LineKind::good) {
      totals[line.key] += line.amount;
    }
  }
  return totals;
}

}  // namespace weir::testing
