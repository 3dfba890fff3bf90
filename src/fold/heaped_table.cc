// SPDX-License-Identifier: Apache-2.0
#include "fold/heaped_table.h"

#include <algorithm>
#include <array>

namespace weir {
namespace {

constexpr std::size_t lines_at_once = 64;

void see_all(const SumTable& table, const Heaped::See& see) {
  std::array<Usage, lines_at_once * SumLine::keys> records;
  auto lines = table.lines();
  while (!lines.empty()) {
    std::size_t count = 0;
    for (const SumLine& line : lines.first(std::min(lines_at_once, lines.size()))) {
      for (unsigned slot = 0; slot < SumLine::keys && line.tags[slot] != 0; ++slot) {
        records[count++] = {line.tags[slot] - 1, line.sums[slot]};
      }
    }
    see(std::span(records).first(count));
    lines = lines.subspan(std::min(lines_at_once, lines.size()));
  }
}

}  // namespace

void HeapedTable::sample(std::uint64_t every, const See& see) const {
  // A line holds a few keys, in the order of no key.
  const auto lines = table_.lines();
  const std::uint64_t keys_every = every;
  std::uint64_t passed = 0;
  for (const SumLine& line : lines) {
    for (unsigned slot = 0; slot < SumLine::keys && line.tags[slot] != 0; ++slot) {
      if (++passed % keys_every == 0) {
        const Usage usage{line.tags[slot] - 1, 0};
        see({&usage, 1});
      }
    }
  }
}

void HeapedTable::pour(const See& sums, const See& carries) {
  see_all(table_, sums);
  if (table_.carries() != nullptr) {
    see_all(*table_.carries(), carries);
  }
  table_.reset();
}

}  // namespace weir
