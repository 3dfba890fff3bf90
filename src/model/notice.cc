// SPDX-License-Identifier: Apache-2.0
#include "model/notice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/flat_json.h"
#include "base/json_text.h"
#include "base/text.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, 5> outcomes = {"accepted", "known", "refused", "counted",
                                                      "quarantined"};

Error not_understood(std::string message) {
  return {ErrorKind::invalid, std::move(message)};
}

std::string hex_text(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string bytes;
  for (; text.size() >= 2; text.remove_prefix(2)) {
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + 2, value, 16);
    if (failure != std::errc() || end != text.data() + 2) {
      return std::nullopt;
    }
    bytes += static_cast<char>(value);
  }
  return text.empty() ? std::optional(bytes) : std::nullopt;
}

// "file":"/in/a", or "file_hex":"2f…".
std::string path_member(std::string_view path) {
  const bool plain = is_utf8(path) && path.find('\n') == std::string_view::npos;
  return plain ? "\"file\":" + json_text(path) : "\"file_hex\":\"" + hex_text(path) + "\"";
}

Result<std::string> path_of(const FlatJson& object) {
  const auto plain = text_in(object, "file");
  const auto hex = text_in(object, "file_hex");
  if (plain.has_value() == hex.has_value()) {
    return not_understood("give \"file\" or \"file_hex\"");
  }
  if (plain) {
    return *plain;
  }
  const auto path = from_hex(*hex);
  return path ? Result<std::string>(*path) : not_understood("\"file_hex\" is not hexadecimal");
}

Result<void> check_path(std::string_view path) {
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) {
    return not_understood("give the absolute path of a file");
  }
  return {};
}

Result<Notice> notice_from_json(std::string_view line) {
  TRY_ASSIGN(const FlatJson object, flat_json(line));
  TRY_ASSIGN(std::string path, path_of(object));
  return Notice{.path = std::move(path), .receipt = truth_in(object, "receipt"), .json = true};
}

}  // namespace

std::string_view name(NoticeOutcome outcome) {
  return outcomes[static_cast<std::size_t>(outcome)];
}

std::string to_line(const Notice& notice) {
  if (!notice.json) {
    return notice.path;
  }
  return fmt::format("{{{}{}}}", path_member(notice.path),
                     notice.receipt ? ",\"receipt\":true" : "");
}

std::string to_json_line(const NoticeAnswer& answer) {
  std::string line =
      fmt::format("{{\"answer\":\"{}\",{}", name(answer.outcome), path_member(answer.path));
  if (answer.outcome == NoticeOutcome::counted) {
    line += fmt::format(",\"lines\":{},\"rejects\":{}", answer.lines, answer.rejects);
  }
  if (!answer.reason.empty()) {
    line += ",\"reason\":" + json_text(answer.reason);
  }
  return line + "}";
}

std::string to_text_line(const NoticeAnswer& answer) {
  const std::string line = fmt::format("{} {}", name(answer.outcome), answer.path);
  return answer.reason.empty() ? line : fmt::format("{}: {}", line, answer.reason);
}

Result<Notice> notice_from(std::string_view line) {
  if (line.empty() || line.front() != '{') {
    TRY(check_path(line));
    return Notice{.path = std::string(line), .json = false};
  }
  TRY_ASSIGN(Notice notice, notice_from_json(line));
  TRY(check_path(notice.path));
  return notice;
}

Result<NoticeAnswer> answer_from_json(std::string_view line) {
  TRY_ASSIGN(const FlatJson object, flat_json(line));
  const std::string outcome = text_in(object, "answer").value_or("");
  const auto found = std::find(outcomes.begin(), outcomes.end(), outcome);
  if (found == outcomes.end()) {
    return not_understood("no answer of a weir");
  }
  NoticeAnswer answer{.outcome = static_cast<NoticeOutcome>(found - outcomes.begin())};
  TRY_ASSIGN(answer.path, path_of(object));
  answer.reason = text_in(object, "reason").value_or("");
  answer.lines = whole_in(object, "lines").value_or(0);
  answer.rejects = whole_in(object, "rejects").value_or(0);
  return answer;
}

}  // namespace weir
