// SPDX-License-Identifier: Apache-2.0
// Records dealt out to many heaps, at the speed of memory:
//
//   record ─► heap 0  | staged: 16 records |──full──► chunk ─► chunk ─► chunk     (64 records each)
//             heap 1  | staged: 16 records |──full──► chunk
//             …
//
// A record is first staged, beside others of its heap, in a small stretch that stays in the
// second-level cache; 16 of them leave together as four full cache lines, past the caches, since
// nobody reads them soon. Writing each record to its heap at once instead would miss both caches
// with nearly every record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fold/pages.h"
#include "model/usage.h"

namespace weir {

// One thread at a time. What one thread has written past its caches another one sees after any
// locked instruction of the first, as every monitor, channel and join has.
class Scatter {
 public:
  static constexpr std::size_t group_records = 16;
  static constexpr std::size_t chunk_records = 64;
  static constexpr std::size_t chunk_bytes = chunk_records * sizeof(Usage);
  static constexpr std::size_t slab_chunks = 2048;  // chunks are made so many at a time

  // Bytes that so many records take at most.
  static constexpr std::size_t bytes_of(std::size_t heaps, std::size_t records) {
    return heaps * (chunk_bytes + group_records * sizeof(Usage)) + records * sizeof(Usage);
  }

  explicit Scatter(std::size_t heaps);

  void add(std::size_t heap, const Usage& usage) {
    const std::uint32_t count = heaps_[heap].staged;
    stage_[heap * group_records + count] = usage;
    heaps_[heap].staged = count + 1;
    if (count + 1 == group_records) [[unlikely]] {
      flush(heap);
    }
  }

  // The machine had no memory for a chunk: records are lost.
  bool failed() const { return failed_; }

  std::uint64_t records(std::size_t heap) const;
  // Calls see(span<const Usage>) with all records of a heap, in parts.
  template <class See>
  void each(std::size_t heap, const See& see) const {
    const Heap& of = heaps_[heap];
    std::size_t in_chunk = of.in_head;
    for (std::uint32_t chunk = of.head; chunk != none; chunk = before_[chunk]) {
      see(std::span<const Usage>(at(chunk), in_chunk));
      in_chunk = chunk_records;
    }
    see(std::span<const Usage>(&stage_[heap * group_records], of.staged));
  }
  void clear();  // keeps its memory

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Heap {
    std::uint32_t staged = 0;
    std::uint32_t head = none;  // the chunk that is being filled; it knows the one before it
    std::uint32_t in_head = 0;  // records
    std::uint32_t chunks = 0;
  };
  Usage* at(std::uint32_t chunk) const {
    return reinterpret_cast<Usage*>(slabs_[chunk / slab_chunks].begin()) +
           chunk % slab_chunks * chunk_records;
  }
  void flush(std::size_t heap);
  bool new_chunk(Heap& heap);

  std::vector<Heap> heaps_;
  Pages stage_pages_;
  Usage* stage_ = nullptr;
  std::vector<Pages> slabs_;
  std::vector<std::uint32_t> before_;  // by chunk: the one that was filled before it
  std::uint32_t chunks_used_ = 0;
  bool failed_ = false;
};

}  // namespace weir
