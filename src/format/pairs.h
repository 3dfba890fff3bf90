// SPDX-License-Identifier: Apache-2.0
// The hot loop: bytes of usual lines to batches of numbers. It allocates nothing, throws nothing,
// calls nobody, and knows no file, unit or reject. It stops in front of the first line that is not
// usual; the referee (format/referee.h) decides on that one, and the loop goes on behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/int128.h"
#include "model/format.h"
#include "model/usage.h"

namespace weir {

// How far a parser came: whole lines, each of them one good record.
struct Parsed {
  std::size_t records = 0;
  std::size_t bytes = 0;
};

// `lines` ends with a newline; pairs_margin_bytes behind it are readable, whatever they hold. Stops
// where `into` is full, the lines end, or one is not usual: a number of 20 digits or more, a line
// over record_bytes_max, or anything that the referee might refuse or count as blank. Text keys
// are views of `lines`.
inline constexpr std::size_t pairs_margin_bytes = 32;
template <class Record>
using PairParser = Parsed (*)(std::string_view lines, std::uint64_t record_bytes_max,
                              std::span<Record> into);

PairParser<Usage> id_parser(const FormatOptions& format);
PairParser<TextUsage> text_parser(const FormatOptions& format);

Int128 sum_of_amounts(std::span<const Usage> batch);
Int128 sum_of_amounts(std::span<const TextUsage> batch);

}  // namespace weir
