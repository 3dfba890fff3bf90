// SPDX-License-Identifier: Apache-2.0
// Who reads which lines:
//
//   lines   |  blocks, small  |8|  blocks, small  |8|16| 32 |  64   |r|  64   |   blocks, wide …
//                              ^ an unusual line     ^ one after another       ^ long numbers
//
// Where a block is not usual, the lines from there on are read one by one: a few at first, and
// twice as many each time that blocks did not get far. So a bad line among thousands costs next to
// nothing, and a file in which every other line is bad is read as if there were no blocks.
#include "format/id_reader.h"

#include <algorithm>

#include "base/check.h"

namespace weir {
namespace {

constexpr std::size_t lines_stretch_min = 8;  // about a block
constexpr std::size_t lines_stretch_max = 1024;
constexpr std::size_t blocks_paid = 64;  // records by block that make up for a failed attempt
// Wide numbers are asked after so many records whether they still are.
constexpr std::size_t wide_records_max = 256;
constexpr std::size_t wide_records_min = 64;
constexpr std::uint64_t small_end = 100'000'000;

bool is_small(const Usage& usage) {
  return usage.consumer < small_end && static_cast<std::uint64_t>(usage.amount) < small_end;
}

bool may_be_small(std::span<const SmallUsage> /*taken*/) {
  return false;  // they are
}
bool may_be_small(std::span<const Usage> taken) {
  return taken.size() >= wide_records_min && std::ranges::all_of(taken, is_small);
}

// What the next step may fill: a block may be begun as long as a batch is not full.
std::span<SmallUsage> room_of(std::span<SmallUsage> free) {
  return free;
}
std::span<Usage> room_of(std::span<Usage> free) {
  return free.first(std::min(free.size(), wide_records_max + block_records_max));
}

}  // namespace

IdReader::IdReader(const Options& options) : options_(options) {
  CHECK(options.batch_records > 0);
}

void IdReader::begin(const FormatOptions& format, UsageSink& sink) {
  sink_ = &sink;
  record_bytes_max_ = format.record_bytes_max;
  const bool usual = format.record_bytes_max >= block_line_bytes_max;
  const BlockParsers blocks = usual ? block_parsers(options_.vectors) : BlockParsers();
  small_.parse_lines = small_id_parser(format);
  small_.parse_blocks = blocks.small;
  small_.records.resize(options_.batch_records + block_records_max);
  wide_.parse_lines = id_parser(format);
  wide_.parse_blocks = blocks.wide;
  wide_.records.resize(options_.batch_records + block_records_max);
  small_.filled = 0;
  wide_.filled = 0;
  sum_ = 0;
  wide_now_ = false;
  ends_ = LineEnds::lf;
  lines_left_ = 0;
  lines_stretch_ = lines_stretch_min;
  block_records_ = 0;
}

Parsed IdReader::read(std::string_view lines) {
  Parsed all;
  while (all.bytes < lines.size()) {
    const std::string_view rest = lines.substr(all.bytes);
    const Step taken = wide_now_ ? step(wide_, rest) : step(small_, rest);
    all.records += taken.records;
    all.bytes += taken.bytes;
    if (taken.for_referee) {
      break;
    }
  }
  return all;
}

template <class Record>
IdReader::Step IdReader::step(Batch<Record>& batch, std::string_view lines) {
  const bool blocks = batch.parse_blocks != nullptr && lines_left_ == 0;
  const Step taken = blocks ? by_block(batch, lines) : by_line(batch, lines);
  if (batch.filled >= options_.batch_records) {
    flush(batch);
  }
  return taken;
}

template <class Record>
IdReader::Step IdReader::by_block(Batch<Record>& batch, std::string_view lines) {
  const auto room = room_of(std::span(batch.records).subspan(batch.filled));
  const Parsed parsed = batch.parse_blocks(ends_, lines, room);
  batch.filled += parsed.records;
  block_records_ += parsed.records;
  const bool full = room.size() - parsed.records <= block_records_max;
  if (parsed.long_number && !wide_now_) {
    go_wide(true);
  } else if (parsed.bytes < lines.size() && !full) {
    blocks_failed();
  }
  if (may_be_small(room.first(parsed.records))) {
    go_wide(false);
  }
  return {parsed.records, parsed.bytes};
}

void IdReader::blocks_failed() {
  const bool paid = block_records_ >= blocks_paid;
  lines_stretch_ = paid ? lines_stretch_min : std::min(2 * lines_stretch_, lines_stretch_max);
  lines_left_ = lines_stretch_;
  block_records_ = 0;
}

template <class Record>
IdReader::Step IdReader::by_line(Batch<Record>& batch, std::string_view lines) {
  auto room = std::span(batch.records).subspan(batch.filled, options_.batch_records - batch.filled);
  room = room_of(room);
  if (batch.parse_blocks != nullptr) {
    room = room.first(std::min(room.size(), lines_left_));
  }
  const Parsed parsed = batch.parse_lines(lines, record_bytes_max_, room);
  batch.filled += parsed.records;
  const bool stopped = parsed.bytes < lines.size() && parsed.records < room.size();
  lines_left_ -= std::min(lines_left_, parsed.records + (stopped ? 1 : 0));
  if (may_be_small(room.first(parsed.records))) {
    go_wide(false);
  }
  if (parsed.records > 0) {
    ends_ = lines.substr(0, parsed.bytes).ends_with("\r\n") ? LineEnds::crlf : LineEnds::lf;
  }
  return {parsed.records, parsed.bytes, stopped};
}

void IdReader::add(const Usage& usage) {
  if (!wide_now_ && !is_small(usage)) {
    go_wide(true);
  }
  if (wide_now_) {
    wide_.records[wide_.filled++] = usage;
  } else {
    small_.records[small_.filled++] = {.consumer = static_cast<std::uint32_t>(usage.consumer),
                                       .amount = static_cast<std::uint32_t>(usage.amount)};
  }
}

// Batches of both kinds are never filled at once: records reach the sink in the order of lines.
void IdReader::go_wide(bool wide) {
  flush();
  wide_now_ = wide;
}

void IdReader::flush() {
  flush(small_);
  flush(wide_);
}

template <class Record>
void IdReader::flush(Batch<Record>& batch) {
  if (batch.filled > 0) {
    const auto records = std::span<const Record>(batch.records).first(batch.filled);
    sum_ += sum_of_amounts(records);
    sink_->add(records);
    batch.filled = 0;
  }
}

}  // namespace weir
