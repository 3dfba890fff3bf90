// SPDX-License-Identifier: Apache-2.0
// stored bytes ──► (inflate) ──► lines ──► tally ──► sink
#include "format/unit_reader.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/check.h"
#include "format/inflate.h"
#include "format/line_cutter.h"
#include "format/read_ahead.h"
#include "format/stored_bytes.h"
#include "format/tally.h"

namespace weir {
namespace {

// A smaller compressed file is inflated before a task has been started.
constexpr std::uint64_t read_ahead_bytes_min = 1 << 20;

// Whether the unit starts in the middle of a line: the byte before it is no newline. Read alone,
// not in front of the first block: that would move every block off its pages (format/window.h).
Result<bool> begins_inside_line(ReadFile& file, std::uint64_t begin) {
  if (begin == 0) {
    return false;
  }
  char before = 0;
  TRY_ASSIGN(const std::size_t got, file.read_at(begin - 1, {&before, 1}));
  if (got == 0) {
    return Error{ErrorKind::invalid, fmt::format("it ends before byte {}: it was cut off after it "
                                                 "was accepted",
                                                 begin)};
  }
  return before != '\n';
}

}  // namespace

struct UnitReader::State {
  explicit State(const Options& chosen)
      : options(chosen),
        tally({.rejects_kept = chosen.rejects_kept,
               .batch_records = chosen.batch_records,
               .vectors = chosen.vectors}),
        cutter({.block_bytes = chosen.block_bytes, .stop = chosen.stop}) {}

  Result<void> cut_inflated(ByteStream& stored, Compression compression,
                            const FormatOptions& format, bool ahead);
  Result<void> cut_whole(ByteStream& stream, const LineScope& scope, bool ahead);
  UnitOutcome outcome(const UnitId& id, Digest* digest, bool saw_file_end);

  const Options options;
  Tally tally;
  LineCutter cutter;
};

// All lines of a stream from its first byte on: inflated where it is compressed.
Result<void> UnitReader::State::cut_inflated(ByteStream& stored, Compression compression,
                                             const FormatOptions& format, bool ahead) {
  LineScope scope{.record_bytes_max = format.record_bytes_max};
  if (compression == Compression::none) {
    return cut_whole(stored, scope, ahead);
  }
  scope.stream_bytes_max = format.inflated_bytes_max;
  const auto inflated =
      open_inflater(stored, {.compression = compression, .block_bytes = options.block_bytes});
  return cut_whole(*inflated, scope, ahead);
}

Result<void> UnitReader::State::cut_whole(ByteStream& stream, const LineScope& scope, bool ahead) {
  if (!ahead || options.tasks == nullptr) {
    return cutter.cut(stream, scope, tally);
  }
  const auto reading = read_ahead(stream, *options.tasks, {.block_bytes = options.block_bytes});
  return cutter.cut(*reading, scope, tally);
}

UnitOutcome UnitReader::State::outcome(const UnitId& id, Digest* digest, bool saw_file_end) {
  return {.id = id,
          .counts = tally.counts(),
          .sum = tally.sum(),
          .digest = digest == nullptr ? UInt128{0} : digest->finish(),
          .final_newline = !saw_file_end || cutter.ended_in_newline(),
          .rejects = tally.take_rejects()};
}

UnitReader::UnitReader(const Options& options) : state_(std::make_unique<State>(options)) {}

UnitReader::~UnitReader() = default;

Result<UnitOutcome> UnitReader::read(ReadFile& file, const UnitTask& task, UsageSink& sink) {
  const ByteRange range = task.range;
  const FormatOptions& format = task.plan.format;
  const Compression compression = task.plan.compression;
  CHECK(range.begin <= range.end && range.end <= task.file_bytes);
  CHECK(compression == Compression::none || range == (ByteRange{0, task.file_bytes}));
  State& state = *state_;
  std::optional<Digest> digest;
  if (state.options.digest) {
    digest.emplace(range.begin);
  }
  Digest* const digest_used = digest ? &*digest : nullptr;
  StoredBytes stored({.file = file,
                      .own = range,
                      .file_bytes = task.file_bytes,
                      .digest = digest_used,
                      .bytes_read = state.options.bytes_read});
  state.tally.begin(format, sink);
  if (compression == Compression::none) {
    LineScope scope{
        .begin = range.begin, .end = range.end, .record_bytes_max = format.record_bytes_max};
    TRY_ASSIGN(scope.begins_inside_line, begins_inside_line(file, range.begin));
    TRY(state.cutter.cut(stored, scope, state.tally));
  } else {
    const bool ahead = task.file_bytes >= read_ahead_bytes_min;
    TRY(state.cut_inflated(stored, compression, format, ahead));
  }
  return state.outcome(task.id, digest_used, range.end == task.file_bytes);
}

Result<UnitOutcome> UnitReader::read_stream(ReadFile& stream, const FormatOptions& format,
                                            UsageSink& sink) {
  State& state = *state_;
  std::optional<Digest> digest;
  if (state.options.digest) {
    digest.emplace(0);
  }
  Digest* const digest_used = digest ? &*digest : nullptr;
  StoredBytes stored({.file = stream,
                      .own = {.begin = 0, .end = UINT64_MAX},
                      .digest = digest_used,
                      .bytes_read = state.options.bytes_read});
  state.tally.begin(format, sink);
  TRY_ASSIGN(const std::string_view head, stored.peek());
  TRY(state.cut_inflated(stored, compression_of(head), format, true));
  return state.outcome({}, digest_used, true);
}

}  // namespace weir
