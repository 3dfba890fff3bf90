// SPDX-License-Identifier: Apache-2.0
#include "format/tally.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "format/window.h"
#include "model/limits.h"

namespace weir {
namespace {

static_assert(Window::margin_bytes >= pairs_margin_bytes);

// What is shown of a line that is too long never depends on how much of it was seen.
std::string shown_front(std::string_view line, std::uint64_t record_bytes_max) {
  constexpr std::string_view ellipsis = "…";
  constexpr std::size_t room = limits::reject_text_bytes - ellipsis.size();
  std::string text = escaped(line.substr(0, std::min<std::uint64_t>(record_bytes_max, room)), room);
  return text.ends_with(ellipsis) ? text : text.append(ellipsis);
}

std::string shown(std::string_view line) {
  // Whatever is cut off here would be cut off there, too: escaping never makes a text shorter.
  return escaped(line.substr(0, 2 * limits::reject_text_bytes), limits::reject_text_bytes);
}

}  // namespace

std::string_view without_line_end(std::string_view line) {
  CHECK(line.ends_with('\n'));
  line.remove_suffix(1);
  line.remove_suffix(line.ends_with('\r') ? 1 : 0);
  return line;
}

std::string_view without_byte_order_mark(std::string_view first_line) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  first_line.remove_prefix(first_line.starts_with(mark) ? mark.size() : 0);
  return first_line;
}

Tally::Tally(const Options& options)
    : options_(options),
      ids_({.batch_records = options.batch_records, .vectors = options.vectors}) {
  CHECK(options.batch_records > 0);
}

void Tally::begin(const FormatOptions& format, UsageSink& sink) {
  format_ = &format;
  sink_ = &sink;
  ids_.begin(format, sink);
  texts_filled_ = 0;
  texts_sum_ = 0;
  if (format.key == KeyKind::text) {
    texts_.resize(options_.batch_records);
    parse_texts_ = text_parser(format);
  }
  counts_ = {};
  rejects_.clear();
}

void Tally::whole_lines(std::string_view lines, std::uint64_t offset) {
  if (offset == 0) {  // the fast way knows of no byte order mark
    const std::size_t first = lines.find('\n') + 1;
    take_one(without_line_end(lines.substr(0, first)), 0);
    lines.remove_prefix(first);
    offset = first;
  }
  while (!lines.empty()) {
    const Parsed usual = take_usual(lines);
    counts_.good += usual.records;
    lines.remove_prefix(usual.bytes);
    offset += usual.bytes;
    if (!lines.empty()) {
      const std::size_t unusual = lines.find('\n') + 1;
      take_one(without_line_end(lines.substr(0, unusual)), offset);
      lines.remove_prefix(unusual);
      offset += unusual;
    }
  }
  flush();
}

Parsed Tally::take_usual(std::string_view lines) {
  return format_->key == KeyKind::integer ? ids_.read(lines) : take_texts(lines);
}

Parsed Tally::take_texts(std::string_view lines) {
  Parsed all;
  while (all.bytes < lines.size()) {
    const auto room = std::span(texts_).subspan(texts_filled_);
    const Parsed parsed = parse_texts_(lines.substr(all.bytes), format_->record_bytes_max, room);
    texts_filled_ += parsed.records;
    all.records += parsed.records;
    all.bytes += parsed.bytes;
    if (parsed.records < room.size()) {
      break;
    }
    flush_texts();
  }
  return all;
}

void Tally::last_line(std::string_view line, std::uint64_t offset) {
  take_one(line, offset);
  flush();
}

void Tally::long_line(std::string_view front, std::uint64_t offset) {
  front = offset == 0 ? without_byte_order_mark(front) : front;
  CHECK(front.size() > format_->record_bytes_max);
  reject(RejectReason::line_too_long, front, offset);
}

void Tally::flush() {
  ids_.flush();
  flush_texts();
}

void Tally::flush_texts() {
  if (texts_filled_ > 0) {
    const auto records = std::span<const TextUsage>(texts_).first(texts_filled_);
    texts_sum_ += sum_of_amounts(records);
    sink_->add(records);
    texts_filled_ = 0;
  }
}

void Tally::take_one(std::string_view line, std::uint64_t offset) {
  line = offset == 0 ? without_byte_order_mark(line) : line;
  const bool reason_kept = rejects_.size() < options_.rejects_kept;
  const Verdict verdict = reason_kept ? judge(line, *format_) : judge_quickly(line, *format_);
  if (verdict.kind == Verdict::Kind::good) {
    take_good(verdict);
  } else if (verdict.kind == Verdict::Kind::blank) {
    ++counts_.blank;
  } else {
    reject(verdict.reason, line, offset);
  }
}

void Tally::take_good(const Verdict& verdict) {
  ++counts_.good;
  if (format_->key == KeyKind::integer) {
    ids_.add({verdict.consumer, verdict.amount});
    return;
  }
  texts_[texts_filled_++] = {verdict.text, verdict.amount};
  if (texts_filled_ == texts_.size()) {
    flush_texts();
  }
}

void Tally::reject(RejectReason reason, std::string_view line, std::uint64_t offset) {
  ++counts_.rejected;
  if (rejects_.size() < options_.rejects_kept) {
    const bool too_long = reason == RejectReason::line_too_long;
    rejects_.push_back(
        {.offset = offset,
         .line_in_unit = counts_.lines(),
         .reason = reason,
         .text = too_long ? shown_front(line, format_->record_bytes_max) : shown(line)});
  }
}

}  // namespace weir
