// SPDX-License-Identifier: Apache-2.0
#include "app/reject_text.h"

#include <fmt/format.h>

#include "base/text.h"

namespace weir {

std::string reject_line(std::string_view path, std::optional<std::uint64_t> line,
                        const Reject& reject) {
  const std::string place = line ? std::to_string(*line) : fmt::format("byte {}", reject.offset);
  return fmt::format("{}:{}: {}: {}: {}", escaped(path), place, name(reject.reason),
                     explain(reject.reason), reject.text);
}

std::string_view remedy(RejectReason reason) {
  switch (reason) {
    case RejectReason::bad_separator:
      return "fields apart by tabs or several spaces are taken with --set format.separator=blank";
    case RejectReason::bad_consumer:
    case RejectReason::consumer_too_large:
      return "consumers that are no numbers are taken with --set format.key=text";
    case RejectReason::sign:
      return "amounts below zero are taken with --set format.negative=true";
    case RejectReason::line_too_long:
      return "longer lines are taken with --set format.record_max=16MiB";
    case RejectReason::missing_consumer:
    case RejectReason::missing_amount:
    case RejectReason::extra_field:
    case RejectReason::bad_amount:
    case RejectReason::decimal:
    case RejectReason::amount_too_large:
      return "";
  }
  return "";
}

}  // namespace weir
