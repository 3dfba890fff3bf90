// SPDX-License-Identifier: Apache-2.0
// Records dealt out to many heaps, at the speed of memory:
//
//   record ─► heap 0  | staged: 16 records |──full──► chunk ─► chunk ─► chunk    (336 records each)
//             heap 1  | staged: 16 records |──full──► chunk
//             …
//
// A record is first staged, beside others of its heap, in a small stretch that stays in the
// second-level cache; 16 of them leave together as three full cache lines (those of text keys by
// fours, as two), past the caches, since nobody reads them soon. Writing each record to its heap at
// once instead would miss both caches with nearly every record.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "fold/dealt.h"
#include "fold/pages.h"
#include "fold/text_line.h"

namespace weir {

// One thread at a time. What one thread has written past its caches another one sees after any
// locked instruction of the first, as every monitor, channel and join has.
template <class Record>
class ScatterOf {
 public:
  static constexpr std::size_t group_records =  // full cache lines
      std::max(std::lcm(sizeof(Record), std::size_t{64}) / sizeof(Record), std::size_t{4});
  static constexpr std::size_t chunk_bytes = 4096;
  static constexpr std::size_t chunk_records =
      chunk_bytes / (group_records * sizeof(Record)) * group_records;
  static constexpr std::size_t slab_chunks = 512;  // chunks are made so many at a time
  static constexpr std::size_t slab_bytes = slab_chunks * chunk_bytes;

  explicit ScatterOf(std::size_t heaps);

  std::size_t heaps() const { return heaps_.size(); }
  std::size_t slabs() const { return slabs_.size(); }
  // So many records certainly find room in the slabs there are.
  bool room_for(std::size_t records) const {
    return chunks_used_ + heaps_.size() + records / group_records <= slabs_.size() * slab_chunks;
  }
  bool add_slab();  // false: the machine has no memory for it

  // There is room for it.
  void add(std::size_t heap, const Record& record) {
    const std::uint32_t count = heaps_[heap].staged;
    stage_[heap * group_records + count] = record;
    heaps_[heap].staged = count + 1;
    if (count + 1 == group_records) [[unlikely]] {
      flush(heap);
    }
  }

  std::size_t records(std::size_t heap) const { return heaps_[heap].flushed + heaps_[heap].staged; }
  // Calls see(span<const Record>) with all records of a heap, in parts.
  template <class See>
  void each(std::size_t heap, const See& see) const {
    const Heap& of = heaps_[heap];
    std::size_t in_chunk = of.in_head;
    for (std::uint32_t chunk = of.head; chunk != none; chunk = before_[chunk]) {
      if (before_[chunk] != none) {  // no prefetcher sees where that begins
        for (std::size_t line = 0; line < lines_asked_for; ++line) {
          __builtin_prefetch(reinterpret_cast<const char*>(at(before_[chunk])) + line * 64);
        }
      }
      see(std::span<const Record>(at(chunk), in_chunk));
      in_chunk = chunk_records;
    }
    see(std::span<const Record>(&stage_[heap * group_records], of.staged));
  }
  void clear(std::size_t slabs_kept);  // their memory is not asked for anew

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::size_t lines_asked_for = 16;  // of the next chunk
  struct Heap {
    std::uint32_t staged = 0;
    std::uint32_t in_head = 0;  // records
    std::uint32_t head = none;  // the chunk that is being filled; it knows the one before it
    std::uint32_t flushed = 0;  // records in chunks
  };
  Record* at(std::uint32_t chunk) const {
    char* const slab = slabs_[chunk / slab_chunks].begin();
    return reinterpret_cast<Record*>(slab + chunk % slab_chunks * chunk_bytes);
  }
  void flush(std::size_t heap);

  std::vector<Heap> heaps_;
  Pages stage_pages_;
  Record* stage_ = nullptr;
  std::vector<Pages> slabs_;
  std::vector<std::uint32_t> before_;  // by chunk: the one that was filled before it
  std::uint32_t chunks_used_ = 0;
};

using Scatter = ScatterOf<Dealt>;
using TextScatter = ScatterOf<TextSum>;

}  // namespace weir
