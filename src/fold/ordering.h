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
// same size whatever the keys are. What order is, of either kind of key: id_order.h, text_order.h.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/tasks.h"
#include "fold/id_order.h"
#include "fold/sum_table.h"
#include "fold/text_order.h"
#include "model/partial.h"

namespace weir {

template <class Line>
class OrderingOf {
 public:
  using Table = SumTableOf<Line>;
  using Entry = typename Line::Entry;
  using Order = OrderOf<Line>;
  using Cut = typename Order::Cut;

  // Uses as many tasks as `jobs`. cuts: ranges end there in any case; at most
  // limits::order_cuts_max. Borrows the tables; only reset() may follow for them.
  OrderingOf(Tasks& tasks, int jobs, std::span<Table* const> tables, std::vector<Cut> cuts);

  std::size_t ranges() const { return order_.cuts().size() + 1; }
  // Range i begins at the cut before it, and ends before cut i; the first and the last are open.
  const std::vector<Cut>& cuts() const { return order_.cuts(); }
  std::uint64_t records(std::size_t index) const;  // of a range: at least as many as keys

  // Over the keys of one range; borrows the ordering. Any thread.
  std::unique_ptr<SumCursor> cursor(std::size_t index) const;

 private:
  // One table's sums, by range.
  struct Grouped {
    std::span<const Entry> entries;
    std::vector<std::uint32_t> ends;  // of each range
    std::span<const Entry> of(std::size_t range) const {
      const std::uint32_t begin = range == 0 ? 0 : ends[range - 1];
      return entries.subspan(begin, ends[range] - begin);
    }
  };
  class Cursor;
  static Order order_of(std::span<Table* const> tables, std::vector<Cut> cuts);
  Grouped grouped(Table& table) const;
  static std::vector<Entry> gathered(const std::vector<Grouped>& tables, std::size_t index);

  const Order order_;
  std::vector<Grouped> sums_;     // by table
  std::vector<Grouped> carries_;  // of those that have some, in units of 2^64
};

using Ordering = OrderingOf<SumLine>;
using TextOrdering = OrderingOf<TextLine>;

}  // namespace weir
