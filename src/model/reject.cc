// SPDX-License-Identifier: Apache-2.0
#include "model/reject.h"

#include <array>

#include "base/check.h"

namespace weir {
namespace {

struct Words {
  RejectReason reason;
  std::string_view name;
  std::string_view explanation;
};

constexpr std::array<Words, 11> all_words = {{
    {RejectReason::missing_consumer, "missing_consumer", "the line starts with a separator"},
    {RejectReason::missing_amount, "missing_amount", "one field only: an amount is missing"},
    {RejectReason::extra_field, "extra_field", "more than two fields"},
    {RejectReason::bad_separator, "bad_separator",
     "a tab, several spaces, or a space at the end, where one space is asked for"},
    {RejectReason::bad_consumer, "bad_consumer",
     "the consumer is not a number (text keys: not UTF-8, or with a NUL)"},
    {RejectReason::bad_amount, "bad_amount", "the amount is not a number"},
    {RejectReason::sign, "sign", "a plus sign, or a minus sign that is not allowed here"},
    {RejectReason::decimal, "decimal", "the amount has a point, a comma or an exponent"},
    {RejectReason::consumer_too_large, "consumer_too_large",
     "the consumer is over 9223372036854775807 (text keys: over 1024 bytes)"},
    {RejectReason::amount_too_large, "amount_too_large",
     "the amount is over 9223372036854775807 in size"},
    {RejectReason::line_too_long, "line_too_long", "the line is over the limit"},
}};

const Words& words(RejectReason reason) {
  const auto index = static_cast<std::size_t>(reason);
  CHECK(index < all_words.size() && all_words[index].reason == reason);
  return all_words[index];
}

}  // namespace

std::string_view name(RejectReason reason) {
  return words(reason).name;
}

std::string_view explain(RejectReason reason) {
  return words(reason).explanation;
}

std::optional<RejectReason> reject_reason_from_name(std::string_view name) {
  for (const Words& entry : all_words) {
    if (entry.name == name) {
      return entry.reason;
    }
  }
  return std::nullopt;
}

}  // namespace weir
