// SPDX-License-Identifier: Apache-2.0
// The hot loop: bytes of usual lines to batches of numbers. It allocates nothing, throws nothing,
// calls nobody, and knows no file, unit or reject. It stops in front of a line that is not usual.
//
// There are several ways to do it: one for any machine, a line at a time (pairs_portable.cc), and
// two for x86-64, 64 bytes at a time (pairs_avx2.cc, pairs_avx512.cc). What a line means never
// depends on the way: each takes lines only that the referee (format/referee.h) finds good, with
// the same numbers. Who reads which lines: format/id_reader.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/cpu.h"
#include "base/int128.h"
#include "model/format.h"
#include "model/usage.h"

namespace weir {

// How far a parser came: whole lines, each of them one good record.
struct Parsed {
  std::size_t records = 0;
  std::size_t bytes = 0;
  bool long_number = false;  // a block parser of small records stopped, and for no other reason
};

// All parsers: `lines` ends with a newline; pairs_margin_bytes before and behind it are readable,
// whatever they hold.
inline constexpr std::size_t pairs_margin_bytes = 64;

// A line at a time. Stops where `into` is full, the lines end, or one is not usual: a number of 20
// digits or more (small: 9), a line over record_bytes_max, or anything that the referee might
// refuse or count as blank. Text keys are views of `lines`.
template <class Record>
using PairParser = Parsed (*)(std::string_view lines, std::uint64_t record_bytes_max,
                              std::span<Record> into);

PairParser<SmallUsage> small_id_parser(const FormatOptions& format);
PairParser<Usage> id_parser(const FormatOptions& format);
PairParser<TextUsage> text_parser(const FormatOptions& format);

// 64 bytes at a time. Stops also in front of the line in which a block begins that holds anything
// else than digits, single spaces and the line ends that are named, or a number of 25 digits or
// more (small: 9). Needs room for the records of a block, and overwrites what it does not fill.
enum class LineEnds : std::uint8_t { lf, crlf };
template <class Record>
using BlockParser = Parsed (*)(LineEnds ends, std::string_view lines, std::span<Record> into);
inline constexpr std::size_t block_records_max = 20;
inline constexpr std::uint64_t block_line_bytes_max = 24 + 1 + 24 + 2;  // that it ever takes

struct BlockParsers {
  BlockParser<SmallUsage> small = nullptr;  // nothing: these vectors have none
  BlockParser<Usage> wide = nullptr;
};
BlockParsers block_parsers(Vectors vectors);

std::uint64_t sum_of_amounts(std::span<const SmallUsage> batch);  // fewer than 2^32 records
Int128 sum_of_amounts(std::span<const Usage> batch);
Int128 sum_of_amounts(std::span<const TextUsage> batch);

}  // namespace weir
