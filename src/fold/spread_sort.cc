// SPDX-License-Identifier: Apache-2.0
#include "fold/spread_sort.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

#include "fold/radix_sort.h"

namespace weir {
namespace {

constexpr std::size_t heap_records = 4;    // on average
constexpr std::size_t short_records = 24;  // up to which insertion is the fastest sort

std::uint64_t key_of(const Usage& usage) {
  return usage.consumer;
}

void insertion_sort(std::span<Usage> records) {
  for (std::size_t i = 1; i < records.size(); ++i) {
    const Usage record = records[i];
    std::size_t place = i;
    for (; place > 0 && records[place - 1].consumer > record.consumer; --place) {
      records[place] = records[place - 1];
    }
    records[place] = record;
  }
}

void sort_heap(std::span<Usage> records) {
  if (records.size() <= short_records) {
    insertion_sort(records);
  } else {
    radix_sort(records, key_of);
  }
}

}  // namespace

std::vector<Usage> spread_sorted(std::vector<Usage> records) {
  if (records.size() <= short_records) {
    insertion_sort(records);
    return records;
  }
  const auto [least, greatest] =
      std::minmax_element(records.begin(), records.end(),
                          [](const Usage& a, const Usage& b) { return a.consumer < b.consumer; });
  const std::uint64_t first = least->consumer;
  const std::size_t heaps = std::bit_ceil(records.size() / heap_records);
  const auto bits = static_cast<int>(std::bit_width(greatest->consumer - first));
  const int shift = std::max(bits - static_cast<int>(std::bit_width(heaps)) + 1, 0);
  const auto heap_of = [&](const Usage& usage) { return (usage.consumer - first) >> shift; };
  std::vector<std::uint32_t> ends(heaps + 1);
  for (const Usage& usage : records) {
    ++ends[heap_of(usage) + 1];
  }
  for (std::size_t heap = 1; heap <= heaps; ++heap) {
    ends[heap] += ends[heap - 1];
  }
  std::vector<Usage> sorted(records.size());
  for (const Usage& usage : records) {
    sorted[ends[heap_of(usage)]++] = usage;
  }
  std::size_t begin = 0;
  for (std::size_t heap = 0; heap < heaps; ++heap) {
    sort_heap(std::span(sorted).subspan(begin, ends[heap] - begin));
    begin = ends[heap];
  }
  return sorted;
}

}  // namespace weir
