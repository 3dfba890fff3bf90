// SPDX-License-Identifier: Apache-2.0
// Lines on the socket for notices: whatever the bytes, they are refused or taken; and what was
// taken comes back the same when it is written again. faults 40, 136, 140 (lines of a socket)
#include "model/notice.h"

#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "base/text.h"

namespace {

using namespace weir;

void check_line(std::string_view line) {
  CHECK(std::count(line.begin(), line.end(), '\n') == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(bytes), size);
  const auto notice = notice_from(line);
  if (notice) {
    CHECK(notice->path.starts_with('/') && notice->path.find('\0') == std::string::npos);
    const Notice asked{.path = notice->path, .receipt = notice->receipt};
    check_line(to_line(asked));
    const auto again = notice_from(to_line(asked));
    CHECK(again && *again == asked);
  } else {
    CHECK(is_utf8(notice.error().message));
  }
  if (auto answer = answer_from_json(line)) {
    const bool counted = answer->outcome == NoticeOutcome::counted;
    answer->lines = counted ? answer->lines : 0;  // told of a receipt alone
    answer->rejects = counted ? answer->rejects : 0;
    check_line(to_json_line(*answer));
    const auto again = answer_from_json(to_json_line(*answer));
    CHECK(again && *again == *answer);
  }
  return 0;
}
