// SPDX-License-Identifier: Apache-2.0
#include "fold/scatter.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace weir {
namespace {

// Past the caches, where the processor has a way to. Both at a cache line.
void write_group(Usage* to, const Usage* from) {
#if defined(__x86_64__)
  for (std::size_t i = 0; i < Scatter::group_records; ++i) {
    _mm_stream_si128(reinterpret_cast<__m128i*>(to + i),
                     _mm_load_si128(reinterpret_cast<const __m128i*>(from + i)));
  }
#else
  std::memcpy(to, from, Scatter::group_records * sizeof(Usage));
#endif
}

}  // namespace

Scatter::Scatter(std::size_t heaps)
    : heaps_(heaps),
      stage_pages_(heaps * group_records * sizeof(Usage)),
      stage_(reinterpret_cast<Usage*>(stage_pages_.begin())) {
  CHECK(stage_ != nullptr);  // a few hundred KiB
}

void Scatter::flush(std::size_t heap) {
  Heap& of = heaps_[heap];
  of.staged = 0;
  const bool fits = of.head != none && of.in_head < chunk_records;
  if (!fits && !new_chunk(of)) {
    failed_ = true;
    return;
  }
  write_group(at(of.head) + of.in_head, &stage_[heap * group_records]);
  of.in_head += group_records;
}

bool Scatter::new_chunk(Heap& heap) {
  if (chunks_used_ == slabs_.size() * slab_chunks) {
    Pages slab(slab_chunks * chunk_bytes);
    if (slab.begin() == nullptr) {
      return false;
    }
    slab.prefer_huge();
    slabs_.push_back(std::move(slab));
    before_.resize(before_.size() + slab_chunks);
  }
  before_[chunks_used_] = heap.head;
  heap.head = chunks_used_++;
  heap.in_head = 0;
  ++heap.chunks;
  return true;
}

std::uint64_t Scatter::records(std::size_t heap) const {
  const Heap& of = heaps_[heap];
  const std::uint64_t full = of.chunks > 0 ? of.chunks - 1 : 0;
  return full * chunk_records + of.in_head + of.staged;
}

void Scatter::clear() {
  std::fill(heaps_.begin(), heaps_.end(), Heap{});
  chunks_used_ = 0;
}

}  // namespace weir
