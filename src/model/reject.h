// SPDX-License-Identifier: Apache-2.0
// A reject: a record that was refused, with its place and reason. A counted value, never an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// The names are stable: they stand in the database, in JSON and in docs/file-formats.md.
enum class RejectReason : std::uint8_t {
  missing_consumer,    // the line starts with a separator
  missing_amount,      // one field only
  extra_field,         // a third field
  bad_separator,       // a tab, several spaces, or a space at the end, where one space is asked for
  bad_consumer,        // not digits (integer key); not UTF-8, or with a NUL (text key)
  bad_amount,          // not digits
  sign,                // a plus sign, or a minus sign that is not allowed
  decimal,             // an amount with a point, a comma or an exponent
  consumer_too_large,  // over 2^63-1; a text key over 1,024 bytes
  amount_too_large,    // over 2^63-1 in size
  line_too_long,       // over Limits::record_bytes
};

std::string_view name(RejectReason reason);     // "missing_amount"
std::string_view explain(RejectReason reason);  // one phrase for people
std::optional<RejectReason> reject_reason_from_name(std::string_view name);

struct Reject {
  std::uint64_t offset = 0;        // of its first byte: in the file; inflated, where compressed
  std::uint64_t line_in_unit = 0;  // from 1
  RejectReason reason = RejectReason::bad_amount;
  std::string text;  // shortened and escaped: see Limits::reject_text_bytes
  bool operator==(const Reject&) const = default;
};

}  // namespace weir
