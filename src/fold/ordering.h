// SPDX-License-Identifier: Apache-2.0
// Unordered sums, put in order by ranges of keys that are small enough to be sorted in a cache:
//
//   tables, heaps ──deal──► range 0 | range 1 | range 2 | …      (as many scatters as tasks)
//                              │sort     when it is read, by whoever reads it
//                              ▼
//                          a cursor over ascending keys
//
// The ends of the ranges are quantiles of a sample of the keys themselves: ranges are of about the
// same size whatever the keys are. A table is emptied as it is dealt, so that there is no moment at
// which everything is held twice.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/tasks.h"
#include "fold/scatter.h"
#include "fold/sum_table.h"
#include "model/partial.h"

namespace weir {

// Keys from begin to end - 1; an end of UINT64_MAX is open.
struct KeyRange {
  std::uint64_t begin = 0;
  std::uint64_t end = UINT64_MAX;
};

// Something that holds records, a key perhaps several times.
class Heaped {
 public:
  using See = std::function<void(std::span<const Usage>)>;
  virtual ~Heaped() = default;
  virtual std::uint64_t records() const = 0;
  // Every n-th record or so, for a sample.
  virtual void sample(std::uint64_t every, const See& see) const = 0;
  // All of them; amounts of `carries` are in units of 2^64. Afterwards it is empty.
  virtual void pour(const See& sums, const See& carries) = 0;
};

class Ordering {
 public:
  // Deals with as many tasks as `jobs`. cuts: ranges end there in any case, ascending.
  Ordering(Tasks& tasks, int jobs, std::span<Heaped* const> heaps,
           const std::vector<std::uint64_t>& cuts);

  bool failed() const;  // the machine had no memory
  std::size_t ranges() const { return ends_.size(); }
  KeyRange range(std::size_t index) const;
  std::uint64_t records(std::size_t index) const;  // of a range: at least as many as keys

  // Over the keys of one range; borrows the ordering. Any thread.
  std::unique_ptr<SumCursor> cursor(std::size_t index) const;

 private:
  struct Dealt {
    explicit Dealt(std::size_t ranges) : sums(ranges), carries(ranges) {}
    Scatter sums;
    Scatter carries;
  };
  friend class RangeCursor;
  void choose_ends(std::span<Heaped* const> heaps, const std::vector<std::uint64_t>& cuts);
  void deal(std::span<const Usage> records, Scatter& into) const;
  std::vector<Usage> gathered(std::size_t index, Scatter Dealt::* which) const;

  std::vector<std::uint64_t> ends_;            // of the ranges, the last one open
  std::vector<std::uint64_t> search_;          // the same, filled up to 2^n - 1
  std::vector<std::unique_ptr<Dealt>> dealt_;  // by task
};

}  // namespace weir
