// SPDX-License-Identifier: Apache-2.0
#include "fold/scatter.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#if defined(__x86_64__)
#include <emmintrin.h>
#endif

namespace weir {
namespace {

// Past the caches, where the processor has a way to. Both at a cache line.
template <class Record>
void write_group(Record* to, const Record* from) {
  constexpr std::size_t bytes = ScatterOf<Record>::group_records * sizeof(Record);
#if defined(__x86_64__)
  static_assert(bytes % sizeof(__m128i) == 0);
  for (std::size_t i = 0; i < bytes / sizeof(__m128i); ++i) {
    _mm_stream_si128(reinterpret_cast<__m128i*>(to) + i,
                     _mm_load_si128(reinterpret_cast<const __m128i*>(from) + i));
  }
#else
  std::memcpy(to, from, bytes);
#endif
}

}  // namespace

template <class Record>
ScatterOf<Record>::ScatterOf(std::size_t heaps)
    : heaps_(heaps),
      stage_pages_(heaps * group_records * sizeof(Record)),
      stage_(reinterpret_cast<Record*>(stage_pages_.begin())) {
  CHECK(stage_ != nullptr);  // a few hundred KiB
}

template <class Record>
bool ScatterOf<Record>::add_slab() {
  Pages slab(slab_bytes);
  if (slab.begin() == nullptr) {
    return false;
  }
  slab.prefer_huge();
  slabs_.push_back(std::move(slab));
  before_.resize(slabs_.size() * slab_chunks);
  return true;
}

template <class Record>
void ScatterOf<Record>::flush(std::size_t heap) {
  Heap& of = heaps_[heap];
  of.staged = 0;
  if (of.head == none || of.in_head == chunk_records) {
    before_[chunks_used_] = of.head;
    of.head = chunks_used_++;
    of.in_head = 0;
  }
  write_group(at(of.head) + of.in_head, &stage_[heap * group_records]);
  of.in_head += group_records;
  of.flushed += group_records;
}

template <class Record>
void ScatterOf<Record>::clear(std::size_t slabs_kept) {
  std::fill(heaps_.begin(), heaps_.end(), Heap{});
  slabs_.resize(std::min(slabs_kept, slabs_.size()));
  chunks_used_ = 0;
}

template class ScatterOf<Dealt>;
template class ScatterOf<TextSum>;

}  // namespace weir
