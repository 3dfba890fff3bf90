// SPDX-License-Identifier: Apache-2.0
// Lines, differentially: a file read in units, blocks and batches of any size, in every way, means
// what the exact reference says. The first six bytes of the input choose the settings, the rest is
// the file.
#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "base/check.h"
#include "support/compare_units.h"
#include "support/reference.h"
#include "support/vector_ways.h"

namespace {

using namespace weir;

constexpr std::size_t choices = 6;

FormatOptions format_of(std::uint8_t bits) {
  constexpr std::array<std::uint64_t, 4> record_limits = {1 << 20, 1, 8, 50};
  return {.key = (bits & 1) != 0 ? KeyKind::text : KeyKind::integer,
          .separator = (bits & 2) != 0 ? Separator::blank : Separator::space,
          .negative = (bits & 4) != 0,
          .record_bytes_max = record_limits[(bits >> 3) & 3]};
}

}  // namespace

// faults 109-122 (fuzzed against the reference)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < choices) {
    return 0;
  }
  const std::string_view file(reinterpret_cast<const char*>(bytes) + choices, size - choices);
  const Plan plan{.unit_bytes = 1 + bytes[1] + 256ULL * (bytes[2] & 7),
                  .format = format_of(bytes[0])};
  const auto lines = testing::reference_lines(file, plan.format);
  for (const Vectors vectors : testing::vector_ways()) {
    testing::UnitComparison comparison({.rejects_kept = bytes[3],
                                        .digest = false,
                                        .block_bytes = std::size_t{1} + bytes[4],
                                        .batch_records = std::size_t{1} + bytes[5],
                                        .vectors = vectors});
    const std::string difference = comparison.difference(file, plan, lines);
    if (!difference.empty()) {
      std::fprintf(stderr, "%s\n", difference.c_str());
    }
    CHECK(difference.empty());
  }
  return 0;
}
