// SPDX-License-Identifier: Apache-2.0
// Two questions. Is a line good? Its bytes are read once, from front to back: that is what a file
// of millions of unusual lines waits for. And what is wrong with one that is not? For that it is
// split at runs of separators, whatever separates by right: the fields of "1\t2" are found also
// where one space is asked for, and the tab between them is the reason.
#include "format/referee.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "base/check.h"
#include "base/text.h"
#include "format/digits.h"
#include "model/limits.h"

namespace weir {
namespace {

// Which bytes separate fields.
enum class Between : std::uint8_t { spaces, spaces_and_tabs };

Verdict reject(RejectReason reason) {
  return {.kind = Verdict::Kind::reject, .reason = reason};
}

struct Fields {
  std::size_t count = 0;  // 3: or more
  std::string_view first;
  std::string_view second;
};

bool separates(char byte, Between between) {
  return byte == ' ' || (byte == '\t' && between == Between::spaces_and_tabs);
}

Fields split(std::string_view line, Between between) {
  Fields fields;
  std::size_t at = 0;
  while (fields.count < 3) {
    while (at < line.size() && separates(line[at], between)) {
      ++at;
    }
    if (at == line.size()) {
      break;
    }
    const std::size_t begin = at;
    while (at < line.size() && !separates(line[at], between)) {
      ++at;
    }
    if (fields.count < 2) {
      (fields.count == 0 ? fields.first : fields.second) = line.substr(begin, at - begin);
    }
    ++fields.count;
  }
  return fields;
}

// The digits at the front of a text.
struct Run {
  std::size_t digits = 0;
  std::size_t significant = 0;  // of them: without zeros in front
  std::uint64_t value = 0;      // modulo 2^64
  bool fits() const { return significant <= 19 && value <= INT64_MAX; }
};

Run digits_of(std::string_view text) {
  Run run;
  while (text.size() - run.digits >= 8) {
    const Word digits = digits_at(text.data() + run.digits);
    if (marks_over_nine(digits) != 0) {
      break;
    }
    const auto zeros = static_cast<std::size_t>(std::countr_zero(digits)) / 8;
    run.significant += run.significant > 0 ? 8 : 8 - zeros;
    run.value = run.value * 100'000'000 + value_of(digits);
    run.digits += 8;
  }
  for (; run.digits < text.size(); ++run.digits) {
    const auto digit = static_cast<unsigned char>(text[run.digits] - '0');
    if (digit > 9) {
      break;
    }
    run.significant += run.significant > 0 || digit > 0 ? 1 : 0;
    run.value = run.value * 10 + digit;
  }
  return run;
}

struct Number {
  enum class Kind : std::uint8_t { good, not_digits, too_large };
  Kind kind = Kind::not_digits;
  std::uint64_t value = 0;  // up to 2^63-1
};

Number number(std::string_view digits) {
  const Run run = digits_of(digits);
  if (digits.empty() || run.digits < digits.size()) {
    return {};
  }
  return run.fits() ? Number{.kind = Number::Kind::good, .value = run.value}
                    : Number{.kind = Number::Kind::too_large};
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

std::string_view behind_blanks(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && separates(text[at], Between::spaces_and_tabs)) {
    ++at;
  }
  return text.substr(at);
}

// The text behind what separates two fields; nothing: it is no separator.
std::optional<std::string_view> behind_separator(std::string_view text, Separator separator) {
  if (separator == Separator::space) {
    return text.starts_with(' ') ? std::optional(text.substr(1)) : std::nullopt;
  }
  const std::string_view behind = behind_blanks(text);
  return behind.size() < text.size() ? std::optional(behind) : std::nullopt;
}

// A line with an integer key that is not empty: good, blank, or a reject without a reason.
Verdict judge_ids_quickly(std::string_view line, const FormatOptions& format) {
  constexpr Verdict no = {.kind = Verdict::Kind::reject};
  const bool blanks = format.separator == Separator::blank;
  line = blanks ? behind_blanks(line) : line;
  if (line.empty()) {
    return {};
  }
  const Run consumer = digits_of(line);
  const auto rest = behind_separator(line.substr(consumer.digits), format.separator);
  if (consumer.digits == 0 || !consumer.fits() || !rest) {
    return no;
  }
  const bool minus = format.negative && rest->starts_with('-');
  const std::string_view size = rest->substr(minus ? 1 : 0);
  const Run amount = digits_of(size);
  const std::string_view behind = size.substr(amount.digits);
  if (amount.digits == 0 || !amount.fits() || !(blanks ? behind_blanks(behind) : behind).empty()) {
    return no;
  }
  const auto value = static_cast<std::int64_t>(amount.value);
  return {
      .kind = Verdict::Kind::good, .consumer = consumer.value, .amount = minus ? -value : value};
}

// What is wrong with a line, or that it is good or blank. It is not empty.
Verdict judge_fields(std::string_view line, const FormatOptions& format) {
  const bool strict = format.separator == Separator::space;
  const bool text = format.key == KeyKind::text;
  // A tab is a byte of a text key like any other where only a space separates.
  const Fields fields = split(line, strict && text ? Between::spaces : Between::spaces_and_tabs);
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

}  // namespace

Verdict judge_quickly(std::string_view line, const FormatOptions& format) {
  if (line.size() > format.record_bytes_max) {
    return reject(RejectReason::line_too_long);
  }
  if (line.empty()) {
    return {};
  }
  return format.key == KeyKind::integer ? judge_ids_quickly(line, format)
                                        : judge_fields(line, format);
}

Verdict judge(std::string_view line, const FormatOptions& format) {
  const Verdict verdict = judge_quickly(line, format);
  if (verdict.kind != Verdict::Kind::reject || line.size() > format.record_bytes_max ||
      format.key == KeyKind::text) {
    return verdict;
  }
  const Verdict told = judge_fields(line, format);
  CHECK(told.kind == Verdict::Kind::reject);
  return told;
}

}  // namespace weir
