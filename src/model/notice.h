// SPDX-License-Identifier: Apache-2.0
// What is said on the socket of a running weir: a producer tells that a file is complete, and is
// answered. A line each way, as text or as JSON; docs/notices.md is the page for producers. How
// lines travel is io/line_socket.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir {

struct Notice {
  std::string path;      // absolute; bytes
  bool receipt = false;  // to be told once more, when the file is counted; JSON only
  bool json = true;      // how it is said, and will be answered
  bool operator==(const Notice&) const = default;
};

enum class NoticeOutcome {
  accepted,     // entered in the ledger, durably; not yet counted
  known,        // it had been accepted before
  refused,      // it will not be counted; the reason says why
  counted,      // receipt: all of it is in the totals, durably
  quarantined,  // receipt: set aside; the reason says why
};
std::string_view name(NoticeOutcome outcome);

struct NoticeAnswer {
  NoticeOutcome outcome = NoticeOutcome::refused;
  std::string path;         // as the notice has it; "" where the notice was not understood
  std::string reason = {};  // refused, quarantined; hostile bytes are escaped
  std::int64_t lines = 0;   // counted: in all
  std::int64_t rejects = 0;
  bool operator==(const NoticeAnswer&) const = default;
};

// Lines without their ends. A path that JSON cannot hold (not UTF-8) or that a line should not
// (it has a newline) is written in hexadecimal.
std::string to_line(const Notice& notice);
std::string to_json_line(const NoticeAnswer& answer);
std::string to_text_line(const NoticeAnswer& answer);  // "refused /in/a: there is no such file"

// `invalid`: not understood, or the path is not absolute or has a NUL byte.
Result<Notice> notice_from(std::string_view line);
Result<NoticeAnswer> answer_from_json(std::string_view line);

}  // namespace weir
