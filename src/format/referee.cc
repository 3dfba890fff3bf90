// SPDX-License-Identifier: Apache-2.0
// A line is split at runs of separators first, so that a reject can say what is wrong: with a
// strict separator the fields of "1\t2" are found all the same, and the tab between them is the
// reason.
#include "format/referee.h"

#include <algorithm>

#include "base/text.h"
#include "model/limits.h"

namespace weir {
namespace {

constexpr std::string_view blanks = " \t";

Verdict reject(RejectReason reason) {
  return {.kind = Verdict::Kind::reject, .reason = reason};
}

struct Fields {
  std::size_t count = 0;  // 3: or more
  std::string_view first;
  std::string_view second;
};

Fields split(std::string_view line, std::string_view separators) {
  Fields fields;
  std::size_t at = line.find_first_not_of(separators);
  while (at != std::string_view::npos && fields.count < 3) {
    const std::size_t end = std::min(line.find_first_of(separators, at), line.size());
    if (fields.count < 2) {
      (fields.count == 0 ? fields.first : fields.second) = line.substr(at, end - at);
    }
    ++fields.count;
    at = line.find_first_not_of(separators, end);
  }
  return fields;
}

struct Number {
  enum class Kind : std::uint8_t { good, not_digits, too_large };
  Kind kind = Kind::not_digits;
  std::uint64_t value = 0;  // up to 2^63-1
};

Number number(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return {};
  }
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  constexpr std::size_t digits_max = 19;  // of 2^63-1; any 19 digits fit into 64 bits
  if (digits.size() > digits_max) {
    return {.kind = Number::Kind::too_large};
  }
  std::uint64_t value = 0;
  for (const char digit : digits) {
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return value > INT64_MAX ? Number{.kind = Number::Kind::too_large}
                           : Number{.kind = Number::Kind::good, .value = value};
}

// "1.5", ".5", "1,000", "1e9": what would be a number to others.
bool is_decimal(std::string_view amount) {
  constexpr std::string_view digits = "0123456789";
  return amount.find_first_of(digits) != std::string_view::npos &&
         amount.find_first_of(".,eE") != std::string_view::npos &&
         amount.find_first_not_of("0123456789.,eE+-") == std::string_view::npos;
}

Verdict with_amount(Verdict verdict, std::string_view amount, bool negative) {
  const bool minus = amount.starts_with('-');
  const bool plus = amount.starts_with('+');
  amount.remove_prefix(minus || plus ? 1 : 0);
  const Number size = number(amount);
  if (size.kind == Number::Kind::not_digits) {
    return reject(is_decimal(amount) ? RejectReason::decimal : RejectReason::bad_amount);
  }
  if (plus || (minus && !negative)) {
    return reject(RejectReason::sign);
  }
  if (size.kind == Number::Kind::too_large) {
    return reject(RejectReason::amount_too_large);
  }
  const auto value = static_cast<std::int64_t>(size.value);
  verdict.kind = Verdict::Kind::good;
  verdict.amount = minus ? -value : value;
  return verdict;
}

Verdict judge_id(const Fields& fields, bool negative) {
  const Number consumer = number(fields.first);
  if (consumer.kind == Number::Kind::not_digits) {
    return reject(RejectReason::bad_consumer);
  }
  if (consumer.kind == Number::Kind::too_large) {
    return reject(RejectReason::consumer_too_large);
  }
  return with_amount({.consumer = consumer.value}, fields.second, negative);
}

Verdict judge_text(const Fields& fields, bool negative) {
  if (fields.first.size() > limits::text_key_bytes) {
    return reject(RejectReason::consumer_too_large);
  }
  if (fields.first.find('\0') != std::string_view::npos || !is_utf8(fields.first)) {
    return reject(RejectReason::bad_consumer);
  }
  return with_amount({.text = fields.first}, fields.second, negative);
}

// Exactly one space, and nothing around.
bool one_space_between(std::string_view line, const Fields& fields) {
  return line.size() == fields.first.size() + 1 + fields.second.size() &&
         line[fields.first.size()] == ' ' && fields.second.find('\t') == std::string_view::npos;
}

// What is wrong with the shape of a line that must have one space between two fields; it is not
// empty.
Verdict judge_strict_shape(std::string_view line, const Fields& fields) {
  if (line.front() == ' ') {
    return reject(RejectReason::missing_consumer);
  }
  if (fields.count > 2) {
    return reject(RejectReason::extra_field);
  }
  if (fields.count == 1 && line.find('\t') == std::string_view::npos) {
    return reject(RejectReason::missing_amount);
  }
  return reject(RejectReason::bad_separator);
}

}  // namespace

Verdict judge(std::string_view line, const FormatOptions& format) {
  if (line.size() > format.record_bytes_max) {
    return reject(RejectReason::line_too_long);
  }
  if (line.empty()) {
    return {};
  }
  const bool strict = format.separator == Separator::space;
  const bool text = format.key == KeyKind::text;
  // A tab is a byte of a text key like any other where only a space separates.
  const Fields fields = split(line, strict && text ? " " : blanks);
  if (!strict && fields.count != 2) {
    return fields.count == 0  ? Verdict{}
           : fields.count > 2 ? reject(RejectReason::extra_field)
                              : reject(RejectReason::missing_amount);
  }
  if (strict && (fields.count != 2 || !one_space_between(line, fields))) {
    return judge_strict_shape(line, fields);
  }
  return text ? judge_text(fields, format.negative) : judge_id(fields, format.negative);
}

}  // namespace weir
