// SPDX-License-Identifier: Apache-2.0
// The sums of many tables, in order of their keys.
//
//              range 0     range 1   range 2           1. each table groups its sums by range, in
//   table 0  | 3 1 2     | 14 11   | 25 27 22          its own memory: one task a table
//   table 1  | 5         | 12 17   | 21
//   table 2  | 4 6       | 13      | 29 24 23          2. whoever reads a range gathers it from all
//              │                                       tables and sorts it, within a cache
//              ▼ gather, sort
//              1 2 3 4 5 6
//
// The ends of the ranges are quantiles of a sample of the keys themselves: ranges are of about the
// same size whatever the keys are.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/tasks.h"
#include "fold/sum_table.h"
#include "model/partial.h"

namespace weir {

// Keys from begin to end - 1; an end of UINT64_MAX is open.
struct KeyRange {
  std::uint64_t begin = 0;
  std::uint64_t end = UINT64_MAX;
};

class Ordering {
 public:
  // Uses as many tasks as `jobs`. cuts: ranges end there in any case, ascending; at most
  // limits::order_cuts_max. Borrows the tables; only reset() may follow for them.
  Ordering(Tasks& tasks, int jobs, std::span<SumTable* const> tables,
           const std::vector<std::uint64_t>& cuts);

  std::size_t ranges() const { return ends_.size(); }
  KeyRange range(std::size_t index) const;
  std::uint64_t records(std::size_t index) const;  // of a range: at least as many as keys

  // Over the keys of one range; borrows the ordering. Any thread.
  std::unique_ptr<SumCursor> cursor(std::size_t index) const;

 private:
  // One table's sums, by range.
  struct Grouped {
    std::span<const Usage> entries;
    std::vector<std::uint32_t> ends;  // of each range
    std::span<const Usage> of(std::size_t range) const {
      const std::uint32_t begin = range == 0 ? 0 : ends[range - 1];
      return entries.subspan(begin, ends[range] - begin);
    }
  };
  friend class RangeCursor;
  void choose_ends(std::span<SumTable* const> tables, const std::vector<std::uint64_t>& cuts);
  Grouped grouped(SumTable& table) const;
  static std::vector<Usage> gathered(const std::vector<Grouped>& tables, std::size_t index);

  std::vector<std::uint64_t> ends_;    // of the ranges, the last one open
  std::vector<std::uint64_t> search_;  // the same, filled up to 2^n - 1
  std::vector<Grouped> sums_;          // by table
  std::vector<Grouped> carries_;       // of those that have some, in units of 2^64
};

}  // namespace weir
