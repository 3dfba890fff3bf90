// SPDX-License-Identifier: Apache-2.0
// Asked in this order, the first that fits speaks: is it another kind of file (its first bytes say
// so)? UTF-16? Would other settings read it (every line is judged again under each of them)? Is it
// binary, JSON, CSV? At last: the reason that is met most often.
#include "format/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/text.h"
#include "format/referee.h"
#include "format/tally.h"

namespace weir {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

bool holds(std::string_view bytes, char byte) {
  return bytes.find(byte) != std::string_view::npos;
}

std::vector<std::string_view> lines_of(const SniffedHead& head) {
  std::vector<std::string_view> lines;
  std::string_view rest = head.bytes;
  while (true) {
    const std::size_t newline = rest.find('\n');
    if (newline == std::string_view::npos) {
      break;
    }
    lines.push_back(without_line_end(rest.substr(0, newline + 1)));
    rest.remove_prefix(newline + 1);
  }
  if (head.whole && !rest.empty()) {
    lines.push_back(rest);
  }
  if (!lines.empty()) {
    lines.front() = without_byte_order_mark(lines.front());
  }
  return lines;
}

struct Magic {
  std::string_view bytes;
  std::size_t at = 0;
  std::string_view complaint;
};

// Only what somebody might well drop into a folder of usage files.
constexpr std::array<Magic, 17> magics = {{
    {"PK\x03\x04"sv, 0, "is a zip archive: unpack it first (unzip)"},
    {"PK\x05\x06"sv, 0, "is an empty zip archive"},
    {"\x04\x22\x4d\x18"sv, 0, "is compressed with lz4, which is not read: inflate it (lz4 -d)"},
    {"LZIP"sv, 0, "is compressed with lzip, which is not read: inflate it (lzip -d)"},
    {"\x89LZO\x00\x0d\x0a"sv, 0,
     "is compressed with lzop, which is not read: inflate it (lzop -d)"},
    {"\x1f\x9d"sv, 0, "is compressed with compress, which is not read: inflate it (uncompress)"},
    {"\x5d\x00\x00"sv, 0, "is compressed with lzma, which is not read: inflate it (unlzma)"},
    {"\xff\x06\x00\x00sNaPpY"sv, 0, "is compressed with snappy, which is not read: inflate it"},
    {"7z\xbc\xaf\x27\x1c"sv, 0, "is a 7z archive: unpack it first"},
    {"Rar!\x1a\x07"sv, 0, "is a rar archive: unpack it first"},
    {"ustar"sv, 257, "is a tar archive: unpack it first (tar -x)"},
    {"PAR1"sv, 0, "is a Parquet file: export it as text"},
    {"Obj\x01"sv, 0, "is an Avro file: export it as text"},
    {"ORC"sv, 0, "is an ORC file: export it as text"},
    {"SQLite format 3\x00"sv, 0, "is an SQLite database: export it as text"},
    {"%PDF-"sv, 0, "is a PDF document"},
    {"\x7f"
     "ELF"sv,
     0, "is a program"},
}};

std::optional<std::string> other_kind(const SniffedHead& head, const FormatOptions& /*format*/) {
  for (const Magic& magic : magics) {
    if (head.bytes.size() >= magic.at && head.bytes.substr(magic.at).starts_with(magic.bytes)) {
      return std::string(magic.complaint);
    }
  }
  return std::nullopt;
}

// A byte order mark, or text of which every second byte is NUL.
bool is_utf16(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
    return true;
  }
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    zeros[i % 2] += bytes[i] == '\0' ? 1 : 0;
  }
  const std::size_t half = bytes.size() / 2;
  return half >= 2 && std::max(zeros[0], zeros[1]) >= half - half / 8 &&
         std::min(zeros[0], zeros[1]) <= half / 8;
}

std::optional<std::string> utf16(const SniffedHead& head, const FormatOptions& /*format*/) {
  if (!is_utf16(head.bytes)) {
    return std::nullopt;
  }
  return "is UTF-16: convert it (iconv -f UTF-16 -t UTF-8)";
}

bool is_binary(std::string_view bytes) {
  const auto control = [](char byte) {
    return static_cast<unsigned char>(byte) < ' ' && !holds("\t\n\v\f\r\x1a", byte);
  };
  return holds(bytes, '\0') ||
         std::ranges::count_if(bytes, control) * 10 > static_cast<std::ptrdiff_t>(bytes.size());
}

std::size_t rejects_under(const FormatOptions& format, std::span<const std::string_view> lines) {
  return static_cast<std::size_t>(std::ranges::count_if(lines, [&format](std::string_view line) {
    return judge(line, format).kind == Verdict::Kind::reject;
  }));
}

// A change of settings, and what a file looks like that needs it.
struct Remedy {
  FormatOptions format;
  std::string looks;
  std::string settings;
  void add(std::string_view look, std::string_view setting) {
    looks += fmt::format("{}{}", looks.empty() ? "looks " : ", ", look);
    settings += fmt::format("{}--set {}", settings.empty() ? "" : " ", setting);
  }
};

// Bit 0: blank, bit 1: negative, bit 2: text. Nothing where it is set so already.
std::optional<Remedy> remedy_of(unsigned changes, const FormatOptions& format, bool tabs) {
  Remedy remedy{.format = format};
  if ((changes & 1) != 0) {
    remedy.format.separator = Separator::blank;
    remedy.add(tabs ? "tab-separated" : "separated by several spaces", "format.separator=blank");
  }
  if ((changes & 2) != 0) {
    remedy.format.negative = true;
    remedy.add("like it has negative amounts", "format.negative=true");
  }
  if ((changes & 4) != 0) {
    remedy.format.key = KeyKind::text;
    remedy.add("like it has text keys", "format.key=text");
  }
  const bool changed = ((changes & 1) == 0 || format.separator != Separator::blank) &&
                       ((changes & 2) == 0 || !format.negative) &&
                       ((changes & 4) == 0 || format.key != KeyKind::text);
  return changed ? std::optional(remedy) : std::nullopt;
}

// The settings that save most lines, at least half of the rejected ones; of equal ones, the fewest.
std::optional<std::string> other_settings(const SniffedHead& head, const FormatOptions& format) {
  if (head.counts.rejected == 0) {
    return std::nullopt;
  }
  const auto lines = lines_of(head);
  const bool tabs = holds(head.bytes, '\t');
  std::size_t fewest = head.counts.rejected / 2 + 1;
  std::optional<Remedy> best;
  for (const unsigned changes : {1U, 2U, 4U, 3U, 5U, 6U, 7U}) {
    const auto remedy = remedy_of(changes, format, tabs);
    if (!remedy) {
      continue;
    }
    if (const std::size_t rejects = rejects_under(remedy->format, lines); rejects < fewest) {
      fewest = rejects;
      best = remedy;
    }
  }
  return best ? std::optional(best->looks + ": " + best->settings) : std::nullopt;
}

bool mostly(const SniffedHead& head, std::ptrdiff_t lines) {
  return static_cast<std::uint64_t>(lines) * 2 > head.counts.rejected;
}

std::optional<std::string> json(const SniffedHead& head, const FormatOptions& /*format*/) {
  const auto lines = lines_of(head);
  const auto opens = [](std::string_view line) {
    return line.starts_with('{') || line.starts_with('[');
  };
  if (!mostly(head, std::ranges::count_if(lines, opens))) {
    return std::nullopt;
  }
  return "looks like JSON: turn it into lines of `consumer amount` first";
}

std::optional<std::string> csv(const SniffedHead& head, const FormatOptions& /*format*/) {
  constexpr std::array<std::pair<char, std::string_view>, 3> separators = {
      {{',', "commas"}, {';', "semicolons"}, {'|', "bars"}}};
  const auto lines = lines_of(head);
  for (const auto& [separator, called] : separators) {
    const auto separated = [separator](std::string_view line) { return holds(line, separator); };
    if (mostly(head, std::ranges::count_if(lines, separated))) {
      return fmt::format("looks like CSV with {}: turn it into lines of `consumer amount` first",
                         called);
    }
  }
  return std::nullopt;
}

std::string commonest(const SniffedHead& head, const FormatOptions& format) {
  std::map<RejectReason, std::size_t> counts;
  std::map<RejectReason, std::string_view> examples;
  for (const std::string_view line : lines_of(head)) {
    const Verdict verdict = judge(line, format);
    if (verdict.kind == Verdict::Kind::reject) {
      ++counts[verdict.reason];
      examples.emplace(verdict.reason, line);
    }
  }
  const auto most = std::ranges::max_element(counts, std::less<>(),
                                             [](const auto& entry) { return entry.second; });
  if (most == counts.end()) {
    return "looks binary";
  }
  return fmt::format("looks wrong: {}, as in `{}`", explain(most->first),
                     escaped(examples[most->first].substr(0, 200), 80));
}

bool is_acceptable(const SniffedHead& head) {
  const auto rejected = static_cast<double>(head.counts.rejected);
  const auto judged = static_cast<double>(head.counts.rejected + head.counts.good);
  if (head.counts.lines() > 0 || head.bytes.empty() || head.reject_ratio_max >= 1) {
    return rejected <= head.reject_ratio_max * judged;
  }
  return !is_binary(head.bytes);  // one line, longer than what was read
}

std::optional<std::string> binary(const SniffedHead& head, const FormatOptions& /*format*/) {
  return is_binary(head.bytes) ? std::optional("looks binary"s) : std::nullopt;
}

std::string cause(const SniffedHead& head, const FormatOptions& format) {
  for (const auto ask : {other_kind, utf16, other_settings, binary, json, csv}) {
    if (auto complaint = ask(head, format)) {
      return *std::move(complaint);
    }
  }
  return commonest(head, format);
}

}  // namespace

std::string diagnose(const SniffedHead& head, const FormatOptions& format) {
  if (is_acceptable(head)) {
    return {};
  }
  return fmt::format("{} ({} of the {} lines at its start would be rejected)", cause(head, format),
                     head.counts.rejected, head.counts.lines());
}

}  // namespace weir
