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

Tally::Tally(const Options& options) : options_(options) {
  CHECK(options.batch_records > 0);
}

void Tally::begin(const FormatOptions& format, UsageSink& sink) {
  format_ = &format;
  sink_ = &sink;
  ids_.filled = 0;
  texts_.filled = 0;
  if (format.key == KeyKind::integer) {
    ids_.records.resize(options_.batch_records);
    ids_.parse = id_parser(format);
  } else {
    texts_.records.resize(options_.batch_records);
    texts_.parse = text_parser(format);
  }
  counts_ = {};
  sum_ = 0;
  rejects_.clear();
}

void Tally::whole_lines(std::string_view lines, std::uint64_t offset) {
  if (offset == 0) {  // the fast way knows of no byte order mark
    const std::size_t first = lines.find('\n') + 1;
    take_one(without_line_end(lines.substr(0, first)), 0);
    lines.remove_prefix(first);
    offset = first;
  }
  if (format_->key == KeyKind::integer) {
    take(ids_, lines, offset);
  } else {
    take(texts_, lines, offset);
  }
}

void Tally::last_line(std::string_view line, std::uint64_t offset) {
  take_one(line, offset);
  flush(ids_);
  flush(texts_);
}

void Tally::long_line(std::string_view front, std::uint64_t offset) {
  front = offset == 0 ? without_byte_order_mark(front) : front;
  CHECK(front.size() > format_->record_bytes_max);
  reject(RejectReason::line_too_long, front, offset);
}

template <class Record>
void Tally::take(Batch<Record>& batch, std::string_view lines, std::uint64_t offset) {
  while (!lines.empty()) {
    const auto room = std::span(batch.records).subspan(batch.filled);
    const Parsed parsed = batch.parse(lines, format_->record_bytes_max, room);
    counts_.good += parsed.records;
    batch.filled += parsed.records;
    lines.remove_prefix(parsed.bytes);
    offset += parsed.bytes;
    if (batch.filled == batch.records.size()) {
      flush(batch);
    } else if (!lines.empty()) {
      const std::size_t unusual = lines.find('\n') + 1;
      take_one(without_line_end(lines.substr(0, unusual)), offset);
      lines.remove_prefix(unusual);
      offset += unusual;
    }
  }
  flush(batch);
}

template <class Record>
void Tally::flush(Batch<Record>& batch) {
  if (batch.filled > 0) {
    const auto records = std::span<const Record>(batch.records).first(batch.filled);
    sum_ += sum_of_amounts(records);
    sink_->add(records);
    batch.filled = 0;
  }
}

void Tally::take_one(std::string_view line, std::uint64_t offset) {
  line = offset == 0 ? without_byte_order_mark(line) : line;
  const Verdict verdict = judge(line, *format_);
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
    ids_.records[ids_.filled++] = {verdict.consumer, verdict.amount};
  } else {
    texts_.records[texts_.filled++] = {verdict.text, verdict.amount};
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
